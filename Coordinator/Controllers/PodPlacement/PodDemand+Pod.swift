import JSONValues
import KubernetesAPI
import Placement

extension PodDemand {
    /// What a pod asks of a node: resources, selector, tolerations, node affinity and what it wants of other pods.
    ///
    /// Not looked at: volumes (a pod whose volume is tied to a node needs a node affinity that says so), preferred pod
    /// affinity, and spread that need not hold.
    init(_ pod: Pod, requests: Resources, relations: PodRelations?) {
        let affinity = pod.object.spec[path: "affinity", "nodeAffinity"]
        let required = affinity?[path: "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
        let preferred = affinity?["preferredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []
        let constraints = NodeConstraints(
            nodeSelector: pod.object.spec["nodeSelector"]?.stringMap ?? [:],
            tolerations: (pod.object.spec["tolerations"]?.elements ?? []).map { Toleration($0) },
            affinityTerms: required?.elements.map(PodDemand.term))
        let preferences = preferred.map {
            NodePreference(weight: $0["weight"]?.integer ?? 1, term: PodDemand.term($0["preference"] ?? .null))
        }
        self.init(
            name: pod.key.description, requests: requests, constraints: constraints, preferences: preferences,
            relations: relations)
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
        guard let comparison = Comparison(rawValue: json["operator"]?.string ?? "") else {
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

    /// What a pod takes of its node, its host ports among it.
    init(of pod: Pod) {
        var milli = pod.requests.mapValues(\.milli)
        milli[Resources.pods] = 1_000
        let sidecars = pod.initContainers.filter { $0["restartPolicy"]?.string == "Always" }
        for container in pod.containers + sidecars {
            for port in container["ports"]?.elements ?? [] {
                guard let number = port["hostPort"]?.integer, number > 0 else { continue }
                let amounts = HostPort.amounts(
                    port: number, protocolName: port["protocol"]?.string ?? "TCP", ip: port["hostIP"]?.string ?? "")
                milli.merge(amounts) { first, _ in first }
            }
        }
        self.init(milli)
    }
}
