import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import LocalCluster
import Testing

/// A whole API server with a namespace of the test's own: the embedded one, or the real one that
/// MARTLET_CONTRACT_SERVER, MARTLET_CONTRACT_TOKEN and MARTLET_CONTRACT_CA (a file) name.
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
        let environment = ProcessInfo.processInfo.environment
        if let server = environment["MARTLET_CONTRACT_SERVER"] {
            var configuration = ClientConfiguration(
                server: server, credential: .token(environment["MARTLET_CONTRACT_TOKEN"] ?? ""))
            let authority = try Data(contentsOf: URL(filePath: environment["MARTLET_CONTRACT_CA"] ?? ""))
            configuration.authority = Array(authority)
            try await use(configuration, body)
            return
        }
        let folder = FileManager.default.temporaryDirectory.path + "/client-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = LocalClusterConfiguration(dataDirectory: folder, port: 0)
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let server = LocalCluster(settings, logger: .silent) { _ in isReady.yield() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { isReady.finish() }
                try await server.run()
                return false
            }
            group.addTask {
                for await _ in ready { break }
                try await use(ClientConfiguration.load(kubeconfig: settings.kubeconfig), body)
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
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
