import ClusterKit
import JSONValues
import KubernetesClient
import Logging
import ServiceLifecycle
import SystemFiles
import Synchronization

/// 500 groups of two pods created, rolled and deleted by a coordinator that runs as its own process; then 10,000 pods.
///
/// Against the embedded API server, or against the one that MARTLET_BENCH_KUBECONFIG names. The references are bare
/// writes of as many pods on the same server in the same run. A real control plane does more for a ModelServing than
/// for bare pods (endpoints of every Service, garbage collection at its own pace) and takes longer for each of the
/// bindings, which go one gang after the other; so the least ratios are lower there.
enum ServingScale {
    private static let nodes = 200
    private static let allocatable: JSONValue = ["cpu": "64", "memory": "256Gi", "pods": "250"]
    private static let idle = Duration.seconds(10)
    private static let megabyte = 1_048_576.0
    private static let kubeconfig = Environment["MARTLET_BENCH_KUBECONFIG"]

    static func bars() async throws -> [Bar] {
        let record = Record()
        if let kubeconfig {
            try await measure(kubeconfig, record)
        } else {
            try await EmbeddedServer.with { try await measure($0.kubeconfig, record) }
        }
        return record.results.withLock { $0.bars }
    }

    private static func measure(_ kubeconfig: String, _ record: Record) async throws {
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: kubeconfig), limits: nil, logger: .silent)
        let machines = FakeNodes(client)
        do {
            try await machines.add(nodes, allocatable: allocatable)
            try await beside(machines.services) {
                let bare = try await BareWrites(client, pods: 1_000, nodes: nodes)
                record.results.withLock { $0.bare = bare }
                let load = ServingLoad(client: client, prefix: "load", servings: 50, groups: 10)
                try await OwnCoordinator.with(kubeconfig) { try await createAndRoll(load, $0, record) }
                try await OwnCoordinator.with(kubeconfig) { try await restAndDelete(load, $0, record) }
                try await OwnCoordinator.with(kubeconfig) { try await fill(client, $0, record) }
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private static func createAndRoll(
        _ load: ServingLoad, _ process: CoordinatorProcess, _ record: Record
    ) async throws {
        let before = try await process.writes()
        let create = try await load.create()
        let writes = try await process.writes() - before
        let roll = try await load.roll()
        let quantiles = try await ReconcileTimes(process)
        record.results.withLock {
            $0.create = create
            $0.roll = roll
            $0.writesPerPod = writes / Double(load.pods)
            $0.reconcile = quantiles
        }
    }

    /// A process that finds everything done.
    private static func restAndDelete(
        _ load: ServingLoad, _ process: CoordinatorProcess, _ record: Record
    ) async throws {
        try await eventually("every ModelServing to be looked at") {
            let looks = try await process.samples("controller_runtime_reconcile_total")
            return looks.filter { $0.labels.contains("modelserving") }.reduce(0) { $0 + $1.value }
                >= Double(load.servings)
        }
        let start = try process.coreSeconds()
        try await Task.sleep(for: idle)
        let used = try process.coreSeconds() - start
        let writes = try await process.writes()
        let delete = try await load.delete()
        record.results.withLock {
            $0.idleShare = used / (idle / .seconds(1))
            $0.restartWrites = writes
            $0.delete = delete
        }
    }

    private static func fill(
        _ client: KubernetesClient, _ process: CoordinatorProcess, _ record: Record
    ) async throws {
        let load = ServingLoad(client: client, prefix: "fill", servings: 50, groups: 100)
        let time = try await load.create()
        let bytes = try process.residentBytes()
        record.results.withLock {
            $0.fill = time
            $0.residentMegabytes = Double(bytes) / megabyte
        }
    }

    private final class Record: Sendable {
        let results = Mutex(Results())
    }

    /// What was measured.
    private struct Results {
        var bare: BareWrites?
        var create = Duration.zero
        var roll = Duration.zero
        var delete = Duration.zero
        var fill = Duration.zero
        var writesPerPod = 0.0
        var reconcile: ReconcileTimes?
        var idleShare = 0.0
        var restartWrites = 0.0
        var residentMegabytes = 0.0

        var bars: [Bar] {
            guard let bare, let reconcile else { return [] }
            let both = bare.create + bare.delete
            let isReal = ServingScale.kubeconfig != nil
            return [
                ratio("create-1000-pods-vs-bare-writes", bare.create, create, atLeast: isReal ? 0.2 : 0.3),
                ratio("roll-1000-pods-vs-bare-writes", both, roll, atLeast: isReal ? 0.2 : 0.3),
                ratio("delete-1000-pods-vs-bare-writes", bare.delete, delete, atLeast: isReal ? 0.15 : 0.3),
                Bar(
                    name: "reconcile-p50", value: reconcile.p50 * 1000, unit: "ms", limit: .atMost(50),
                    detail: "of \(Int(reconcile.count)) reconciliations, by histogram buckets"),
                Bar(
                    name: "reconcile-p99", value: reconcile.p99 * 1000, unit: "ms", limit: .atMost(1000),
                    detail: "as above"),
                Bar(
                    name: "writes-per-pod-in-steady-create", value: writesPerPod, unit: "writes", limit: .atMost(3),
                    detail: "pods, bindings, Services, events and statuses"),
                Bar(
                    name: "writes-on-restart", value: restartWrites, unit: "writes", limit: .atMost(0),
                    detail: "from the start of a new process until \(idle) after its first round"),
                Bar(
                    name: "idle-share-of-a-core", value: idleShare * 100, unit: "%", limit: .atMost(1),
                    detail: "with 1,000 pods, over \(idle)"),
                Bar(
                    name: "resident-at-10000-pods", value: residentMegabytes, unit: "MiB", limit: .atMost(300),
                    detail: "10,000 pods in \(Bar.text(fill.milliseconds / 1000)) s"),
            ]
        }

        private func ratio(_ name: String, _ reference: Duration, _ subject: Duration, atLeast limit: Double) -> Bar {
            Bar(
                name: name, value: reference / subject, unit: "x", limit: .atLeast(limit),
                detail:
                    "\(Bar.text(subject.milliseconds / 1000)) s, bare \(Bar.text(reference.milliseconds / 1000)) s")
        }
    }
}
