import ClusterKit
import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle
import ServingAPI
import Testing

/// An embedded API server with the serving kinds, and a stand-in for nodes: pods that are bound become ready at once.
struct RunningCluster: Sendable {
    let client: KubernetesClient

    /// Runs a cluster in a folder of its own for as long as `body` takes.
    static func with(_ body: @Sendable @escaping (RunningCluster) async throws -> Void) async throws {
        try await EmbeddedServer.with { server in
            let client = try KubernetesClient(server.configuration, logger: .silent)
            do { try await body(RunningCluster(client: client)) } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
        }
    }

    /// Runs the controllers, and the nodes, for as long as `body` takes.
    func controlling(_ body: @Sendable @escaping () async throws -> Void) async throws {
        let set = ControllerSet(client: client, metrics: MetricsRegistry(), logger: .silent)
        try await beside(set.services + FakeNodes(client).services) {
            try await body()
            #expect(set.isSynced)
        }
    }

    func addNode(_ name: String, _ allocatable: JSONValue) async throws {
        let node = try await client.create(.node, KubernetesObject(.node, name: name))
        _ = try await client.mergeStatus(.node, node.key, ["allocatable": allocatable])
    }

    func pods() async throws -> [Pod] {
        try await client.list(.pod).items.map { Pod($0) }.sorted { $0.key < $1.key }
    }

    /// Waits until a condition holds, at most a minute.
    func wait(_ what: String, until holds: () async throws -> Bool) async throws {
        try await eventually(what, holds)
    }
}
