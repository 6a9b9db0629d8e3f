import ClusterKit
import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import Testing

/// A whole API server with a namespace of the test's own: the real one where there is one, else the
/// embedded one.
struct TestCluster: Sendable {
    let configuration: ClientConfiguration
    let client: KubernetesClient
    let namespace: String

    var port: Int { configuration.server.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// The same server behind another port of this machine.
    func configuration(port: Int) -> ClientConfiguration {
        var other = configuration
        other.server = "https://127.0.0.1:\(port)"
        return other
    }

    static func run(_ body: @Sendable @escaping (TestCluster) async throws -> Void) async throws {
        if let configuration = try RealServer.named?.configuration() {
            try await use(configuration, body)
        } else {
            try await EmbeddedServer.with(crds: "") { try await use($0.configuration, body) }
        }
    }

    private static func use(
        _ configuration: ClientConfiguration, _ body: @Sendable (TestCluster) async throws -> Void
    ) async throws {
        let client = try KubernetesClient(configuration, logger: .silent)
        let namespace = "client-\(UUID().uuidString.lowercased())"
        do {
            _ = try await client.create(.namespace, KubernetesObject(.namespace, name: namespace))
            try await body(TestCluster(configuration: configuration, client: client, namespace: namespace))
            try await client.delete(.namespace, name: namespace)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }
}
