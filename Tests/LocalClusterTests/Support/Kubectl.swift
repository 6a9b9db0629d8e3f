import TestKit
import Testing

/// kubectl, set up for an embedded cluster that has the contract's custom kind.
struct Kubectl: Sendable {
    let directory: String
    var file: String { "\(directory)/manifest.yaml" }

    static var isPresent: Bool {
        get async { (try? await Command.run("kubectl", ["version", "--client"]))?.succeeded == true }
    }

    static func use(_ body: @Sendable @escaping (Kubectl) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await withEmbeddedCluster(directory: "\(directory)/data") { api in
                try await Widget.install(api)
                try await body(Kubectl(directory: directory))
            }
        }
    }

    /// The output of a command that has to succeed.
    func callAsFunction(_ arguments: String...) async throws -> String {
        let result = try await run(arguments)
        try #require(result.succeeded, "kubectl \(arguments.joined(separator: " ")): \(result.errors)")
        return result.output
    }

    func run(_ arguments: [String]) async throws -> Command {
        try await Command.run(
            "kubectl",
            ["--kubeconfig", "\(directory)/data/kubeconfig", "--cache-dir", "\(directory)/cache"] + arguments)
    }
}

extension String {
    /// The words of a text.
    var components: [String] { split { $0.isWhitespace }.map(String.init) }
}
