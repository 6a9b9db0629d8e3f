import ClusterKit
import JSONValues
import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization
import SystemFiles

/// Memory of a coordinator whose requests go wrong one time in ten, while ModelServings roll again and again.
enum FaultMemory {
    private static let percent = 10
    /// Pools, caches and the allocator have their size after as many rollouts.
    private static let warmUp = 60
    private static let rolls = 60

    static func bar() async throws -> Bar {
        let sizes = Mutex<(before: Int, after: Int, faults: Int)>((0, 0, 0))
        let record: @Sendable (Int, Int, Int) -> Void = { before, after, faults in
            sizes.withLock { $0 = (before, after, faults) }
        }
        try await EmbeddedServer.with { server in
            let client = try KubernetesClient(server.configuration, limits: nil, logger: .silent)
            let machines = FakeNodes(client)
            do {
                try await machines.add(20, allocatable: ["cpu": "64", "memory": "256Gi", "pods": "110"])
                try await beside(machines.services) { try await measure(server, client, record) }
            } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
        }
        let (before, after, faults) = sizes.withLock { $0 }
        return Bar(
            name: "resident-after-\(rolls)-rollouts-with-faults-vs-before",
            value: Double(after) / Double(max(1, before)),
            unit: "x", limit: .atMost(1.05),
            detail: "\(before >> 20) MiB before, \(after >> 20) MiB after, \(faults) faults")
    }

    private static func measure(
        _ server: EmbeddedServer, _ client: KubernetesClient, _ record: @Sendable @escaping (Int, Int, Int) -> Void
    ) async throws {
        try await FaultyProxy.with(server.configuration, FaultPlan(seed: 3, percent: percent)) { proxy, downstream in
            let kubeconfig = "\(server.kubeconfig)-faulty"
            try Files.write(text(downstream), to: kubeconfig)
            try await OwnCoordinator.with(kubeconfig) { process in
                let load = ServingLoad(client: client, prefix: "faulty", servings: 10, groups: 5)
                try await load.create()
                for index in 0..<warmUp { try await load.roll(to: "engine:w\(index)") }
                let before = try process.residentBytes()
                for index in 0..<rolls { try await load.roll(to: "engine:r\(index)") }
                record(before, try process.residentBytes(), proxy.faults)
            }
        }
    }

    private static func text(_ configuration: ClientConfiguration) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: faulty
        clusters: [{name: faulty, cluster: {server: "\(configuration.server)"}}]
        users: [{name: faulty, user: {}}]
        contexts: [{name: faulty, context: {cluster: faulty, user: faulty}}]

        """
    }
}
