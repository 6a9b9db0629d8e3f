import JSONValues
import KubernetesAPI
import Placement

extension PodDemand {
    /// What a pod asks of a node: resources, selector, tolerations and required node affinity. Each pod also takes one
    /// of the node's places for pods.
    init(_ pod: Pod) {
        let affinity = pod.object.spec[
            path: "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
        let constraints = NodeConstraints(
            nodeSelector: pod.object.spec["nodeSelector"]?.stringMap ?? [:],
            tolerations: (pod.object.spec["tolerations"]?.elements ?? []).map { Toleration($0) },
            affinityTerms: affinity?.elements.map(PodDemand.term))
        self.init(name: pod.key.description, requests: Resources(of: pod), constraints: constraints)
    }

    private static func term(_ json: JSONValue) -> [NodeRequirement] {
        let labels = (json["matchExpressions"]?.elements ?? []).map { expression in
            requirement(.label(expression["key"]?.string ?? ""), expression)
        }
        let fields = (json["matchFields"]?.elements ?? []).map { requirement(.nodeName, $0) }
        return labels + fields
    }

    /// An operator this program does not know holds nowhere: the pod waits rather than stand where it must not.
    private static func requirement(_ subject: NodeRequirement.Subject, _ json: JSONValue) -> NodeRequirement {
        let values = json["values"]?.elements.compactMap(\.string) ?? []
        guard let comparison = NodeRequirement.Operator(rawValue: json["operator"]?.string ?? "") else {
            return NodeRequirement(subject, .isIn, [])
        }
        return NodeRequirement(subject, comparison, values)
    }
}

extension Toleration {
    init(_ json: JSONValue) {
        let isAnyValue = json["operator"]?.string == "Exists"
        self.init(
            key: json["key"]?.string ?? "", value: isAnyValue ? nil : json["value"]?.string ?? "",
            effect: json["effect"]?.string ?? "")
    }
}

extension Resources {
    /// Places for pods are a resource like any other.
    static let pods = "pods"

    /// What a pod takes of its node.
    init(of pod: Pod) {
        var milli = pod.requests.mapValues(\.milli)
        milli[Resources.pods] = 1_000
        self.init(milli)
    }
}
