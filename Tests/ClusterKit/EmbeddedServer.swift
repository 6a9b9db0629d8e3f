import FoundationEssentials
package import KubernetesClient
import LocalCluster
package import Logging

/// An embedded API server with the serving kinds, in a folder of its own.
package struct EmbeddedServer: Sendable {
    /// What clients connect with.
    package let configuration: ClientConfiguration
    /// A file that says the same.
    package let kubeconfig: String

    /// The definitions beside this package's sources.
    package static let crds = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/deploy/crds"

    /// Runs a server for as long as `body` takes. `crds` is the folder of its definitions; none when empty.
    package static func with(
        crds: String = crds, logger: Logger = .silent, _ body: @Sendable @escaping (EmbeddedServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-cluster-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = LocalClusterConfiguration(dataDirectory: folder, port: 0, crdDirectory: crds)
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let server = LocalCluster(configuration, logger: logger) { _ in isReady.yield() }
        try await serving(server) {
            for await _ in ready { break }
            let kubeconfig = configuration.kubeconfig
            try await body(
                EmbeddedServer(
                    configuration: ClientConfiguration.load(kubeconfig: kubeconfig), kubeconfig: kubeconfig))
        }
    }
}

extension Logger {
    /// Writes nothing.
    package static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
