import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization
import Testing

/// A pod placer over a FakeCluster; what the watch shows is delivered by hand.
final class PlacerStage: Sendable {
    let cluster = FakeCluster()
    let schedulers = Mutex<Set<String>>(["martlet"])
    let announced = ControlLoop.Announcements()
    private let current: Mutex<PodPlacer>

    init(nodes: Int = 0, gpus: Int = 8) {
        let placeholder = PodPlacer(
            writer: cluster, schedulerNames: { [] }, announce: { _, _ in }, now: { Timestamp(microseconds: 0) },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        current = Mutex(placeholder)
        for index in 0..<nodes { cluster.addNode("n\(index)", gpus: gpus) }
        restart()
    }

    var placer: PodPlacer { current.withLock { $0 } }

    /// A new process that knows what a list tells.
    func restart() {
        let fresh = PodPlacer(
            writer: cluster, schedulerNames: { [self] in schedulers.withLock { $0 } },
            announce: { [announced] in announced.add("\($0.name): \($1)") }, now: { [cluster] in cluster.now },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        current.withLock { $0 = fresh }
        for event in cluster.relist() { _ = fresh.observe(event) }
    }

    /// Everything that waits in the watch arrives.
    func deliver() { for event in cluster.takeEvents() { _ = placer.observe(event) } }

    /// Delivers and places until nothing is bound any more.
    func settle() async throws {
        for _ in 0..<20 {
            deliver()
            if try await placer.place().bound == 0 { return }
        }
    }

    /// A pod that waits; pods with the same `gang` are placed together.
    func addPod(_ name: String, gpus: Int, gang: String? = nil, scheduler: String = "martlet", _ spec: JSONValue = [:])
    {
        var pod = KubernetesObject(.pod, namespace: "d", name: name)
        pod.labels = gang.map { [Keys.Label.groupName: $0] } ?? [:]
        pod.spec = spec
        pod.spec["schedulerName"] = .string(scheduler)
        pod.spec["containers"] = [["name": "c", "resources": ["limits": ["nvidia.com/gpu": JSONValue(gpus)]]]]
        pod.json["status"] = ["phase": "Pending"]
        cluster.put(pod)
    }

    /// The node of each pod that has one, as the store has it.
    var nodes: [String: String] {
        Dictionary(
            cluster.pods.compactMap { pod in pod.nodeName.map { (pod.key.name, $0) } }, uniquingKeysWith: { $1 })
    }

    /// Somebody else's write, which the watch has yet to show.
    func change(_ name: String, _ body: (inout KubernetesObject) -> Void) {
        guard var object = cluster.pods.first(where: { $0.key.name == name })?.object else { return }
        body(&object)
        cluster.put(object)
    }

    func message(of name: String) -> String? {
        cluster.pods.first { $0.key.name == name }?.conditions.first { $0.type == "PodScheduled" }?.message
    }

    func hyperNode(_ name: String, tier: Int, _ nodes: [String]) {
        var object = KubernetesObject(.hyperNode, name: name)
        object.spec = [
            "tier": JSONValue(tier),
            "members": .array(
                nodes.map { ["type": "Node", "selector": ["exactMatch": ["name": .string($0)]]] }),
        ]
        cluster.put(object)
    }
}
