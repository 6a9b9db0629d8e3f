import JSONValues
import KubernetesAPI
import Placement

/// Nodes as placement sees them, from Node objects and the pods bound to them.
enum NodeReader {
    /// Places for pods on a node that does not say how many it has.
    static let podsDefault: Int64 = 110

    /// What of a Node matters to placement; equal for two versions between which nothing did.
    static func node(_ object: KubernetesObject) -> PlacementNode {
        let listed = (object.status["allocatable"] ?? object.status["capacity"])?.object ?? JSONObject()
        var milli: [String: Int64] = [:]
        for (name, value) in listed { milli[name] = Quantity(value)?.milli }
        if milli[Resources.pods] == nil { milli[Resources.pods] = podsDefault * 1_000 }
        let taints = (object.spec["taints"]?.elements ?? []).map { taint in
            Taint(
                key: taint["key"]?.string ?? "", value: taint["value"]?.string ?? "",
                effect: taint["effect"]?.string ?? "")
        }
        let ready = (object.status["conditions"]?.elements ?? []).first { $0["type"]?.string == "Ready" }
        return PlacementNode(
            name: object.name, allocatable: Resources(milli), labels: object.labels, taints: taints,
            isUnschedulable: object.spec["unschedulable"]?.bool ?? false,
            isReady: !object.isBeingDeleted && (ready.map { $0["status"]?.string == "True" } ?? true))
    }

    /// Nodes with what the pods on them take; a pod that ended takes nothing.
    static func nodes(_ nodes: [PlacementNode], pods: [Pod]) -> [PlacementNode] {
        var used: [String: Resources] = [:]
        var families: [String: [String: Int]] = [:]
        for pod in pods where pod.phase != .succeeded && pod.phase != .failed {
            guard let node = pod.nodeName else { continue }
            used[node, default: Resources()] += Resources(of: pod)
            if let family = family(of: pod) { families[node, default: [:]][family, default: 0] += 1 }
        }
        return nodes.map { node in
            var node = node
            node.used = used[node.name] ?? Resources()
            node.familyPods = families[node.name] ?? [:]
            return node
        }
    }

    /// The ModelServing a pod belongs to, as `namespace/name`.
    static func family(of pod: Pod) -> String? {
        guard let owner = pod.object.controller, owner.kind == "ModelServing" else { return nil }
        return "\(pod.key.namespace)/\(owner.name)"
    }
}
