import Manifests
import ProcessRuntime
import Testing

struct ImageMapTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var image: String
        var program: String?
        var testDescription: String { image }
    }

    static let rows = [
        Row(image: "vllm/vllm-openai:latest", program: "engine-simulator"),
        Row(image: "quay.io/ascend/vllm-ascend:v0.11.0", program: "engine-simulator"),
        Row(
            image: "ghcr.io/volcano-sh/kthena-engine:vllm-ascend_v0.10.1rc1_mooncake_v0.3.5",
            program: "engine-simulator"),
        Row(image: "ghcr.io/volcano-sh/downloader:latest", program: "engine-simulator"),
        Row(image: "kthena/downloader:latest", program: "engine-simulator"),
        Row(image: "ghcr.io/volcano-sh/runtime:latest", program: "engine-simulator"),
        Row(image: "busybox", program: "host"),
        Row(image: "docker.io/library/busybox:1.36", program: "host"),
        Row(image: "localhost:5000/alpine@sha256:00", program: "host"),
        Row(image: "nginx:1", program: nil),
    ]

    @Test(arguments: rows)
    func `the standard map knows the images of the samples`(row: Row) {
        #expect(ImageMap.standard.entry(for: row.image)?.program == row.program)
    }

    @Test(arguments: [
        ("*", "", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("a?c", "abc", true), ("a?c", "ac", false),
        ("*b*b", "abbb", true), ("", "", true), ("", "a", false), ("a**", "a", true),
    ])
    func `a star takes any run, a question mark one character`(pattern: String, text: String, fits: Bool) {
        #expect(Glob(pattern).matches(text) == fits)
    }

    private static let subject = LocalCommand.Subject(
        podIP: "127.64.0.9", podName: "p", namespace: "n", container: "c", image: "vllm/vllm-openai:1",
        command: ["python3", "-m", "x"],
        args: ["--kv-events-config", #"{"endpoint":"tcp://*:5557","replay_endpoint":"tcp://*:5558"}"#])

    @Test func `a real engine gets the pod's address, its own arguments and endpoints that bind`() throws {
        let yaml = """
            - image: "vllm/*"
              program: /opt/vllm
              arguments: [serve, "{args...}", --host, "{podIP}"]
              environment: {VLLM_HOST_IP: "{podIP}"}
              replace: {"tcp://*:": "tcp://[::ffff:{podIP}]:"}
            """
        let map = try ImageMap(yaml: yaml, source: "map.yaml")
        let command = try LocalCommand(#require(map.entry(for: "vllm/vllm-openai:1")), for: Self.subject)
        #expect(
            command.arguments == [
                "/opt/vllm", "serve", "--kv-events-config",
                #"{"endpoint":"tcp://[::ffff:127.64.0.9]:5557","replay_endpoint":"tcp://[::ffff:127.64.0.9]:5558"}"#,
                "--host", "127.64.0.9",
            ])
        #expect(command.environment == ["VLLM_HOST_IP": "127.64.0.9"])
        #expect(map.entry(for: "busybox")?.isHost == true)
    }

    @Test func `the simulator gets the whole command`() throws {
        let entry = try #require(ImageMap.standard.entry(for: Self.subject.image))
        let command = try LocalCommand(entry, for: Self.subject)
        #expect(
            command.arguments == ["engine-simulator", "container", "--"] + Self.subject.command + Self.subject.args)
    }

    @Test func `an image of this machine needs a command`() throws {
        var subject = Self.subject
        subject.command = []
        let entry = try #require(ImageMap.standard.entry(for: "busybox"))
        #expect(throws: StartProblem.self) { try LocalCommand(entry, for: subject) }
    }

    @Test(arguments: [
        "image: x", "- image: x", "- {image: x, program: y, arguments: z}", "- {image: x, program: y, entrypoint: []}",
        "- [",
    ])
    func `a faulty map is refused with its place`(yaml: String) {
        #expect {
            try ImageMap(yaml: yaml, source: "map.yaml")
        } throws: { error in
            "\(error)".contains("map.yaml")
        }
    }
}
