import JSONValues
import KubernetesAPI
import Placement

/// Nodes as placement sees them, from Node objects.
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
}
