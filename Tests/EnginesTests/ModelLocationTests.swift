@testable import Engines
import JSONValues
import Testing

/// Where an engine's tokenizer files are, read off its container.
@Suite struct ModelLocationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var command = ["vllm", "serve"]
        /// Nil where no files are looked for.
        var place: ModelLocation.Place?
        var template = ModelLocation.Template.own
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "a folder", arguments: ["/models/qwen"], place: .folder("/models/qwen")),
        Row(
            name: "a name of the hub", arguments: ["Qwen/Qwen3-0.6B"],
            place: .cached(repository: "Qwen/Qwen3-0.6B", revision: "main")),
        Row(
            name: "a revision", arguments: ["--model", "org/name", "--revision", "v2"],
            place: .cached(repository: "org/name", revision: "v2")),
        Row(
            name: "a tokenizer of its own", arguments: ["/models/a", "--tokenizer", "/models/b"],
            place: .folder("/models/b")),
        Row(
            name: "SGLang", arguments: ["--model-path", "/models/a", "--tokenizer-path=/models/b"],
            command: ["python3", "-m", "sglang.launch_server"], place: .folder("/models/b")),
        Row(
            name: "a template in a file", arguments: ["/m", "--chat-template", "/etc/chat.jinja"], place: .folder("/m"),
            template: .file("/etc/chat.jinja")),
        Row(
            name: "a template on the command line", arguments: ["/m", "--chat-template", "{{ messages }}"],
            place: .folder("/m"), template: .unknown),
        Row(
            name: "contents in a form", arguments: ["/m", "--chat-template-content-format", "openai"],
            place: .folder("/m"), template: .unknown),
        Row(
            name: "contents as the engine finds out", arguments: ["/m", "--chat-template-content-format=auto"],
            place: .folder("/m")),
        Row(
            name: "variables of templates", arguments: ["/m", "--default-chat-template-kwargs.enable_thinking=false"],
            place: .folder("/m"), template: .unknown),
        Row(
            name: "tools not to be called", arguments: ["/m", "--exclude-tools-when-tool-choice-none"],
            place: .folder("/m"), template: .unknown),
        Row(name: "a tokenizer of another make", arguments: ["/m", "--tokenizer-mode", "mistral"]),
        Row(name: "no tokenizer", arguments: ["/m", "--skip-tokenizer-init"]),
        Row(name: "one file", arguments: ["/m/model.gguf"]),
        Row(name: "a name that is none", arguments: ["../m"]),
        Row(name: "an address", arguments: ["s3://bucket/model"]),
    ]

    static func location(
        _ arguments: [String], command: [String] = ["vllm", "serve"], _ more: JSONValue = [:],
        volumes: [JSONValue] = [], sharesFiles: Bool = false
    ) -> ModelLocation? {
        var container = more
        container["command"] = .array(command.map { .string($0) })
        container["args"] = .array(arguments.map { .string($0) })
        let pod = EngineCandidate(
            namespace: "dev", name: "p", uid: "u", node: "n", ip: "10.0.0.7", containers: [container],
            volumes: volumes, sharesFiles: sharesFiles)
        return EngineTarget.targets(of: pod).first?.modelLocation
    }

    @Test(arguments: rows) func `files are where the command line says`(row: Row) {
        let location = Self.location(row.arguments, command: row.command)
        #expect(location?.place == row.place)
        if row.place != nil { #expect(location?.template == row.template) }
    }

    @Test func `caches are those that the engine was told`() {
        let location = Self.location(
            ["org/name", "--download-dir", "/downloads"],
            ["env": [["name": "HF_HOME", "value": "/hf"], ["name": "HF_HUB_CACHE", "value": "/cache"]]])
        #expect(location?.caches == ["/downloads", "/cache", "/hf/hub"])
    }

    static let volumes: [JSONValue] = [
        ["name": "models", "hostPath": ["path": "/srv/models"]], ["name": "scratch", "emptyDir": [:]],
    ]
    static let mounts: JSONValue = [
        "volumeMounts": [
            ["name": "models", "mountPath": "/models"], ["name": "scratch", "mountPath": "/models/scratch"],
            ["name": "models", "mountPath": "/part", "subPath": "qwen/8b"],
            ["name": "models", "mountPath": "/up", "subPath": "../etc"],
        ]
    ]

    @Test(arguments: [
        ("/models/a", false, "/host", "/host/srv/models/a"), ("/models", false, "/host", "/host/srv/models"),
        ("/models/a", false, nil, nil), ("/models/scratch/a", false, "/host", nil),
        ("/part/x", false, "/host", "/host/srv/models/qwen/8b/x"), ("/up/passwd", false, "/host", nil),
        ("/modelsother/a", false, "/host", nil), ("/opt/a", false, "/host", nil), ("/opt/a", true, "", "/opt/a"),
        ("/models/a", true, "", "/srv/models/a"),
    ]) func `a path is reached by the volume that it is in`(
        path: String, sharesFiles: Bool, hostRoot: String?, expected: String?
    ) throws {
        let location = try #require(
            Self.location(["/m"], Self.mounts, volumes: Self.volumes, sharesFiles: sharesFiles))
        #expect(location.reachable(path, hostRoot: hostRoot) == expected)
    }
}
