import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Synchronization

/// Both controllers over a FakeCluster, stepped by hand; `restart` is a new process that lists everything anew.
struct ControlLoop {
    let cluster: FakeCluster
    private(set) var reconciler: ModelServingReconciler
    private(set) var placer: PodPlacer
    let announced = Announcements()
    private var dirty: Set<ObjectKey> = []
    private var needsPlacement = false
    private var due: [ObjectKey: Timestamp] = [:]
    private var placementDue: Timestamp?

    final class Announcements: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ text: String) { list.withLock { $0.append(text) } }
    }

    init(_ cluster: FakeCluster) {
        self.cluster = cluster
        (reconciler, placer) = ControlLoop.controllers(cluster, announced)
    }

    private static func controllers(
        _ cluster: FakeCluster, _ announced: Announcements
    ) -> (ModelServingReconciler, PodPlacer) {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let reconciler = ModelServingReconciler(
            writer: cluster, announce: { announced.add("\($1): \($2)") }, now: { cluster.now }, logger: logger)
        let placer = PodPlacer(
            writer: cluster, schedulerNames: { ["martlet", "volcano"] },
            announce: { announced.add("FailedScheduling \($0.name): \($1)") }, now: { cluster.now }, logger: logger)
        return (reconciler, placer)
    }

    mutating func restart() {
        (reconciler, placer) = ControlLoop.controllers(cluster, announced)
        dirty = []
        due = [:]
        placementDue = nil
        take(cluster.relist())
    }

    mutating func take(_ events: [InformerEvent]) {
        for event in events {
            if let key = reconciler.observe(event) { dirty.insert(key) }
            if placer.observe(event) { needsPlacement = true }
        }
    }

    /// Reconciles what is due, once each; answers whether anything was.
    mutating func work() async -> Bool {
        let ready = due.filter { $0.value <= cluster.now }.map(\.key)
        let keys = dirty.union(ready).sorted()
        let places = needsPlacement || placementDue.map { $0 <= cluster.now } ?? false
        dirty = []
        needsPlacement = false
        for key in keys {
            due[key] = nil
            do {
                if let delay = try await reconciler.reconcile(key) { due[key] = cluster.now + delay }
            } catch {
                due[key] = cluster.now + .milliseconds(5)
            }
        }
        if places {
            placementDue = nil
            do {
                if let next = try await placer.place().next { placementDue = cluster.now + next }
            } catch {
                placementDue = cluster.now + .milliseconds(5)
            }
        }
        return !keys.isEmpty || places
    }

    /// Delivers everything and works until nothing is left, with pods that start and end at once.
    mutating func settle(rounds: Int = 200) async {
        for _ in 0..<rounds {
            take(cluster.takeEvents())
            let worked = await work()
            let moved = cluster.runNodes()
            let events = cluster.takeEvents()
            take(events)
            if worked || moved || !events.isEmpty { continue }
            guard let next = (Array(due.values) + [placementDue].compactMap { $0 }).min() else { return }
            cluster.pass(max(.milliseconds(1), next - cluster.now))
        }
    }
}

extension FakeCluster {
    /// What nodes do: bound pods start and become ready, those on their way out end. Whether anything moved.
    func runNodes() -> Bool {
        var moved = false
        for pod in pods where pod.nodeName != nil {
            if pod.object.isBeingDeleted {
                remove(pod.object)
                moved = true
            } else if !pod.isReady, pod.phase != .failed {
                var object = pod.object
                object.json["status"] = FakeCluster.ready(at: now)
                put(object)
                moved = true
            }
        }
        return moved
    }

    static func ready(at time: Timestamp, _ isReady: Bool = true) -> JSONValue {
        [
            "phase": "Running",
            "conditions": [Condition("Ready", isReady, reason: "Test", message: "", at: time).json],
        ]
    }

    /// A node with GPUs.
    func addNode(_ name: String, gpus: Int) {
        var node = KubernetesObject(.node, name: name)
        node.json["status"] = ["allocatable": ["nvidia.com/gpu": JSONValue(gpus), "cpu": 256, "memory": "4Ti"]]
        put(node)
    }
}
