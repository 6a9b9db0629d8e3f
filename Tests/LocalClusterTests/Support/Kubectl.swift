import TestKit
import Testing

/// kubectl, set up for one server and one namespace of it.
struct Kubectl: Sendable {
    let directory: String
    let kubeconfig: String
    var file: String { "\(directory)/manifest.yaml" }

    static var isPresent: Bool {
        get async { (try? await Command.run("kubectl", ["version", "--client"]))?.succeeded == true }
    }

    /// For an embedded cluster that has the contract's custom kind.
    static func use(_ body: @Sendable @escaping (Kubectl) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await withEmbeddedCluster(directory: "\(directory)/data") { api in
                try await Widget.install(api)
                try await body(Kubectl(directory: directory, kubeconfig: "\(directory)/data/kubeconfig"))
            }
        }
    }

    /// For the server of a contract, in the namespace of the test.
    static func contract(_ body: @Sendable @escaping (Kubectl, ContractServer) async throws -> Void) async throws {
        try await ContractServer.run { server in
            try await withTemporaryDirectory { directory in
                let path = "\(directory)/kubeconfig"
                try write(kubeconfig(server.api, namespace: server.namespace), to: path)
                try await body(Kubectl(directory: directory, kubeconfig: path), server)
            }
        }
    }

    private static func kubeconfig(_ api: APIConnection, namespace: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: contract
        clusters:
        - name: contract
          cluster: {server: "\(api.server)", certificate-authority: "\(api.certificateAuthority)"}
        users:
        - name: contract
          user: {token: "\(api.token ?? "")"}
        contexts:
        - name: contract
          context: {cluster: contract, user: contract, namespace: "\(namespace)"}
        """
    }

    /// The output of a command that has to succeed.
    func callAsFunction(_ arguments: String...) async throws -> String {
        let result = try await run(arguments)
        try #require(result.succeeded, "kubectl \(arguments.joined(separator: " ")): \(result.errors)")
        return result.output
    }

    /// Puts a manifest into `file` and applies it, with more arguments.
    @discardableResult
    func apply(_ manifest: String, _ arguments: String...) async throws -> Command {
        try write(manifest, to: file)
        return try await run(["apply", "-f", file] + arguments)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Command {
        try await Command.run(
            "kubectl", ["--kubeconfig", kubeconfig, "--cache-dir", "\(directory)/cache"] + arguments,
            environment: environment)
    }
}

extension String {
    /// The words of a text.
    var components: [String] { split { $0.isWhitespace }.map(String.init) }
}
