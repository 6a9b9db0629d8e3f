import JSONValues
import Manifests
import SystemFiles
import TestKit
import Testing

/// Every folder of samples can be applied with kubectl as its README says: to the embedded API server, or to the real
/// control plane where there is one.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SampleTests {
    /// One folder; `namespace` is made first, where the manifests are for one or the README says so.
    struct Sample: Sendable, CustomTestStringConvertible {
        var folder: String
        /// The files in the order in which they are applied; empty for the whole folder at once.
        var files: [String] = []
        var namespace = "default"
        /// Files of an API that a server may be too old for, and that API; there they are left out.
        var newer: [String: String] = [:]
        var testDescription: String { folder }
    }

    static let samples: [Sample] = [
        Sample(folder: "api-keys"),
        Sample(folder: "chat"),
        Sample(folder: "data-parallel"),
        Sample(folder: "deepseek-v2-lite", namespace: "dev"),
        Sample(folder: "gang-topology"),
        Sample(folder: "leader-worker-set"),
        Sample(folder: "llama-multinode"),
        Sample(folder: "partitioned-rollout"),
        Sample(folder: "qwen3-235b", files: ["config", "model_server", "router"], namespace: "vllm-project"),
        Sample(folder: "role-rollout"),
        Sample(folder: "scaling", newer: ["horizontal-pod-autoscaler.yaml": "autoscaling/v2"]),
        Sample(folder: "second-gateway", newer: ["gateway.yaml": "gateway.networking.k8s.io/v1"]),
        Sample(folder: "tls-gateway", newer: ["gateway.yaml": "gateway.networking.k8s.io/v1"]),
        Sample(folder: "token-limits"),
    ]

    @Test func `every folder is in the list and has a README of one line`() throws {
        let folders = Repository.names(in: "\(Repository.root)/deploy/samples", ending: "")
        #expect(folders == Self.samples.map(\.folder))
        for folder in folders {
            let text = try Repository.text("\(Repository.root)/deploy/samples/\(folder)/README.md")
            #expect(text.split(separator: "\n").count == 1, "\(folder)")
        }
    }

    @Test(.enabled("needs kubectl: make setup") { await Repository.hasKubectl })
    func `can be applied`() async throws {
        try await SampleServer.with { server in
            for sample in Self.samples { try await Self.apply(sample, to: server) }
        }
    }

    private static func apply(_ sample: Sample, to server: SampleServer) async throws {
        let folder = "\(Repository.root)/deploy/samples/\(sample.folder)"
        try await server.makeNamespace(sample.namespace)
        let served = try await server.kubectl("api-versions").output.split(separator: "\n").map(String.init)
        let files = Repository.names(in: folder, ending: ".yaml").filter { file in
            sample.newer[file].map(served.contains) ?? true
        }
        let isWhole = sample.files.isEmpty && files.count == Repository.names(in: folder, ending: ".yaml").count
        let steps = sample.files.isEmpty ? files : sample.files.map { "\($0).yaml" }
        let paths = isWhole ? [folder] : steps.map { "\(folder)/\($0)" }
        for path in paths {
            let applied = try await server.kubectl("apply", "-n", sample.namespace, "-f", path)
            #expect(applied.succeeded, "\(sample.folder): \(applied.errors)")
        }
        let before = try await generations(of: files, sample, server)
        for path in paths { _ = try await server.kubectl("apply", "-n", sample.namespace, "-f", path) }
        // A second time changes nothing: what the server filled in is not taken for a difference.
        #expect(try await generations(of: files, sample, server) == before, "\(sample.folder)")
        for path in paths { _ = try await server.kubectl("delete", "-n", sample.namespace, "--wait=false", "-f", path) }
    }

    /// How often each object of a sample was changed, by kind and name.
    private static func generations(
        of files: [String], _ sample: Sample, _ server: SampleServer
    ) async throws -> [String: String] {
        var found: [String: String] = [:]
        for file in files {
            let text = try Repository.text("\(Repository.root)/deploy/samples/\(sample.folder)/\(file)")
            for object in try Manifest.documents(text, source: file) {
                let kind = object["kind"]?.string ?? ""
                let name = object[path: "metadata", "name"]?.string ?? ""
                let got = try await server.kubectl(
                    "get", kind, name, "-n", sample.namespace, "-o", "jsonpath={.metadata.generation}")
                #expect(got.succeeded, "\(sample.folder): \(kind) \(name): \(got.errors)")
                found["\(kind)/\(name)"] = got.output
            }
        }
        return found
    }
}
