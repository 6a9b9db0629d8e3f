import JSONValues
import KubernetesAPI
import KubernetesClient
import Placement
import ServingAPI

/// What pod placement knows: nodes, pods and ModelServings from informers, and bindings that the pod cache does not
/// show yet.
struct PlacementState: Sendable {
    /// After this the cache is believed over our own memory of a binding.
    static let assumedFor = Duration.seconds(30)

    private struct Binding: Sendable {
        var node: String
        var until: Timestamp
    }

    private var nodes: [String: PlacementNode] = [:]
    private var pods: [ObjectKey: Pod] = [:]
    private var servings: [String: ModelServing] = [:]
    private var assumed: [String: Binding] = [:]

    /// All that one round of placement looks at.
    struct Snapshot: Sendable {
        var nodes: [PlacementNode]
        var pods: [Pod]
        var servings: [String: ModelServing]
    }

    /// Takes a change; whether it may let a pod be placed, or needs one to be.
    mutating func apply(_ event: InformerEvent) -> Bool {
        switch event.object.kind {
        case "Node": applyNode(event)
        case "Pod": applyPod(event)
        case "ModelServing": applyServing(event)
        default: false
        }
    }

    mutating func assume(_ uid: String, on node: String, now: Timestamp) {
        assumed[uid] = Binding(node: node, until: now + PlacementState.assumedFor)
    }

    mutating func forget(_ uid: String) { assumed[uid] = nil }

    mutating func snapshot(now: Timestamp) -> Snapshot {
        assumed = assumed.filter { $0.value.until > now }
        let pods = pods.values.map { pod in
            guard pod.nodeName == nil, let binding = assumed[pod.uid] else { return pod }
            var pod = pod
            pod.nodeName = binding.node
            return pod
        }
        return Snapshot(nodes: NodeReader.nodes(Array(nodes.values), pods: pods), pods: pods, servings: servings)
    }

    private mutating func applyNode(_ event: InformerEvent) -> Bool {
        let name = event.object.name
        let before = nodes[name]
        if case .deleted = event { nodes[name] = nil } else { nodes[name] = NodeReader.node(event.object) }
        return nodes[name] != before
    }

    private mutating func applyPod(_ event: InformerEvent) -> Bool {
        let pod = Pod(event.object)
        let before = pods[pod.key]
        if case .deleted = event {
            guard before?.uid == pod.uid else { return false }
            pods[pod.key] = nil
            assumed[pod.uid] = nil
            return true
        }
        pods[pod.key] = pod
        if pod.nodeName != nil { assumed[pod.uid] = nil }
        // The rest of a status has no part in placement.
        guard let before, before.uid == pod.uid else { return true }
        return before.nodeName != pod.nodeName || before.phase != pod.phase
            || before.object.isBeingDeleted != pod.object.isBeingDeleted
            || before.object.spec["schedulingGates"] != pod.object.spec["schedulingGates"]
    }

    private mutating func applyServing(_ event: InformerEvent) -> Bool {
        let object = event.object
        let before = servings[object.uid]?.spec
        if case .deleted = event {
            servings[object.uid] = nil
            return false
        }
        // A spec that cannot be read leaves the one before in force.
        if let serving = try? ModelServing(object) { servings[object.uid] = serving }
        return servings[object.uid]?.spec != before
    }
}
