package import JSONValues
package import KubernetesAPI

/// The downward API: what a container may learn of its own pod.
package enum PodFields {
    /// The value of a field path; nil for one that Kubernetes does not offer. A label or annotation that is not
    /// there is empty.
    package static func value(_ path: String, of pod: Pod, _ facts: PodFacts) -> String? {
        switch path {
        case "metadata.name": pod.key.name
        case "metadata.namespace": pod.key.namespace
        case "metadata.uid": pod.uid
        case "metadata.labels": lines(pod.object.labels)
        case "metadata.annotations": lines(pod.object.annotations)
        case "spec.nodeName": pod.nodeName ?? ""
        case "spec.serviceAccountName": pod.object.spec["serviceAccountName"]?.string ?? "default"
        case "status.podIP", "status.podIPs": facts.podIP
        case "status.hostIP", "status.hostIPs": facts.hostIP
        default:
            if let key = key(path, "metadata.labels") {
                pod.object.labels[key] ?? ""
            } else {
                key(path, "metadata.annotations").map { pod.object.annotations[$0] ?? "" }
            }
        }
    }

    /// The value of a `resourceFieldRef`; nil when its container or resource is not known. `capacity` stands in for a
    /// limit that is not set.
    package static func resource(
        _ reference: JSONValue, of pod: Pod, container: String, capacity: [String: Quantity]
    ) -> String? {
        let name = reference["containerName"]?.string ?? container
        guard let json = (pod.initContainers + pod.containers).first(where: { $0["name"]?.string == name }) else {
            return nil
        }
        let path = (reference["resource"]?.string ?? "").split(separator: ".", maxSplits: 1).map(String.init)
        guard path.count == 2, path[0] == "limits" || path[0] == "requests" else { return nil }
        let list = json["resources"]?[path[0]]?[path[1]]
        // As the API server defaults a request from its limit, and the kubelet a limit from the node.
        let given = list ?? (path[0] == "requests" ? json["resources"]?["limits"]?[path[1]] : nil)
        let fallback = path[0] == "limits" ? capacity[path[1]] : Quantity(milli: 0)
        guard let quantity = given.flatMap({ Quantity($0) }) ?? fallback else { return nil }
        let divisor = reference["divisor"].flatMap { Quantity($0) }?.milli ?? 0
        let unit = divisor > 0 ? divisor : 1_000
        return String(quantity.milli / unit + (quantity.milli % unit > 0 ? 1 : 0))
    }

    /// The key in `metadata.labels['key']`.
    private static func key(_ path: String, _ field: String) -> String? {
        guard path.hasPrefix(field + "['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(field.count + 2).dropLast(2))
    }

    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: "\n")
    }
}
