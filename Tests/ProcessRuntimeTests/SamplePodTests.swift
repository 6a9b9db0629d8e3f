import ContainerShim
import JSONValues
import KubernetesAPI
import Manifests
import ProcessRuntime
import Synchronization
import Testing

/// The pods of the samples, as the controllers make them, with the simulator for their images.
@Suite(.enabled(if: FilesAndNamesTests.mayMount, "needs root or user namespaces"))
struct SamplePodTests {
    private static let samples: String = {
        let steps = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return (steps + ["deploy", "samples"]).joined(separator: "/")
    }()

    /// The pod of a role's template; `variables` are what the controllers add to every container.
    private static func pod(
        _ sample: String, role: Int, template: String, name: String, variables: [String: String]
    ) throws -> Pod {
        let path = "\(samples)/\(sample)/model-serving.yaml"
        let serving = try Manifest.document(try #require(StateFile.text(path)), source: path)
        var spec = try #require(
            serving[path: "spec", "template", "roles"]?[role]?[path: template, "spec"])
        for list in ["initContainers", "containers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(
                containers.map { container in
                    var container = container
                    let added = variables.map { JSONValue.strings(["name": $0.key, "value": $0.value]) }
                    container["env"] = .array((container["env"]?.elements ?? []) + added)
                    return container
                })
        }
        var pod = try Harness.pod(name, "{}")
        pod.object.spec = spec
        return pod
    }

    @Test func `the prefill and decode pods become ready`() async throws {
        try await Harness.run { harness in
            let pods = try ["prefill", "decode"].enumerated().map { index, name in
                try Self.pod(
                    "deepseek-v2-lite", role: index, template: "entryTemplate", name: name,
                    variables: ["ENTRY_ADDRESS": "\(name).default", "GROUP_SIZE": "1"])
            }
            try await harness.withRuntime { runtime in
                runtime.sync(pods: pods)
                try await harness.until("both ready", within: .seconds(60)) {
                    harness.isReady("prefill") && harness.isReady("decode")
                }
                #expect(harness.status("prefill")["phase"] == "Running")
                #expect(
                    harness.status("prefill")["initContainerStatuses"]?[0]?[path: "state", "terminated", "exitCode"]
                        == 0)
                #expect(Folder.kind("/etc/hccn.conf") == nil, "the machine stays as it was")
            }
        }
    }

    @Test func `the leader and its worker find each other by name`() async throws {
        try await Harness.run { harness in
            let variables = ["ENTRY_ADDRESS": "leader.default", "GROUP_SIZE": "2"]
            let pods = [
                try Self.pod(
                    "llama-multinode", role: 0, template: "entryTemplate", name: "leader", variables: variables),
                try Self.pod(
                    "llama-multinode", role: 0, template: "workerTemplate", name: "worker", variables: variables),
            ]
            let token = ObjectReference(.secret, ObjectKey(namespace: "default", name: "hf-token"))
            let secret = KubernetesObject(["data": ["HUGGING_FACE_HUB_TOKEN": "aGY="]])
            harness.world.withLock { $0.objects[token] = secret }
            try await harness.withRuntime { runtime in
                runtime.sync(pods: pods)
                try await harness.until("both ready", within: .seconds(90)) {
                    harness.isReady("leader") && harness.isReady("worker")
                }
                #expect(harness.container("worker")["restartCount"] == 0)
            }
        }
    }
}
