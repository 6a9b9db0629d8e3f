import ClusterKit
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
            try await EmbeddedServer.with { embedded in
                let server = SampleServer(kubeconfig: embedded.kubeconfig, folder: folder)
                let defined = try await server.kubectl("apply", "-f", definitions)
                #expect(defined.succeeded, "\(defined.errors)")
                try await body(server)
            }
        }
        _ = try await Command.run("rm", ["-rf", folder])
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
