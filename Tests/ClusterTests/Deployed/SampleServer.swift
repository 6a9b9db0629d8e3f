import KubernetesClient
import LocalCluster
import Logging
import ServiceLifecycle
import SystemFiles
import TestKit
import Testing

/// The API server samples are applied to: the real control plane where there is one, else an embedded one of the test's
/// own with the deployed definitions.
struct SampleServer: Sendable {
    let kubeconfig: String
    let folder: String

    /// Definitions of other projects that samples have objects of.
    static let definitions = "\(Repository.root)/Tests/ClusterTests/Definitions"

    static func with(_ body: @Sendable @escaping (SampleServer) async throws -> Void) async throws {
        let folder = try Repository.temporaryFolder("samples")
        if let kubeconfig = ControlPlane.kubeconfig {
            try await body(SampleServer(kubeconfig: kubeconfig, folder: folder))
        } else {
            try await embedded(folder, body)
        }
        _ = try await Command.run("rm", ["-rf", folder])
    }

    private static func embedded(
        _ folder: String, _ body: @Sendable @escaping (SampleServer) async throws -> Void
    ) async throws {
        let configuration = LocalClusterConfiguration(
            dataDirectory: "\(folder)/data", port: 0, crdDirectory: "\(Repository.root)/deploy/crds")
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let cluster = LocalCluster(configuration, logger: quiet) { _ in isReady.yield() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { isReady.finish() }
                try await cluster.run()
                return false
            }
            group.addTask {
                for await _ in ready { break }
                let server = SampleServer(kubeconfig: configuration.kubeconfig, folder: folder)
                let defined = try await server.kubectl("apply", "-f", definitions)
                #expect(defined.succeeded, "\(defined.errors)")
                try await body(server)
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    func kubectl(_ arguments: String...) async throws -> Command {
        try await Kubectl(kubeconfig: kubeconfig, cache: "\(folder)/cache")(arguments)
    }

    /// Makes a namespace where it is missing.
    func makeNamespace(_ name: String) async throws {
        guard try await !kubectl("get", "namespace", name).succeeded else { return }
        let made = try await kubectl("create", "namespace", name)
        #expect(made.succeeded, "\(made.errors)")
    }
}
