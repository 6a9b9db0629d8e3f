import JSONValues
import KubernetesAPI

/// How a list of a kind is merged with another.
package enum ListRule: Sendable, Hashable {
    /// As one value: the later list stands.
    case atomic
    /// As a set of plain values.
    case set
    /// As a map: elements with equal values of these members are one element.
    case map([String])
}

/// The merge rules of the lists of one kind, by the path of field names that leads to a list.
package struct ListRules: Sendable {
    private let kind: ResourceKind
    /// The schema of a custom resource; built-in kinds have the table below.
    private let schema: JSONValue?

    package init(_ kind: ServedKind) {
        self.kind = kind.kind
        schema = kind.isCustom ? (kind.openAPISchema ?? .object(JSONObject())) : nil
    }

    package func rule(at path: [String]) -> ListRule {
        if path.first == "metadata" {
            switch path.last {
            case "ownerReferences": return .map(["uid"])
            case "finalizers": return .set
            default: return .atomic
            }
        }
        return schema.map { ListRules.rule(in: $0, at: path) } ?? builtIn(path)
    }

    private static func rule(in schema: JSONValue, at path: [String]) -> ListRule {
        var node = schema
        for name in path {
            while let items = node["items"] { node = items }
            guard let next = node["properties"]?[name] ?? node["additionalProperties"] else { return .atomic }
            node = next
        }
        switch node["x-kubernetes-list-type"]?.string {
        case "map": return .map(node["x-kubernetes-list-map-keys"]?.elements.compactMap(\.string) ?? [])
        case "set": return .set
        default: return .atomic
        }
    }

    private func builtIn(_ path: [String]) -> ListRule {
        guard let name = path.last else { return .atomic }
        if name == "ports" {
            return kind == .service ? .map(["port", "protocol"]) : .map(["containerPort", "protocol"])
        }
        if name == "addresses" { return kind == .node ? .map(["type"]) : .atomic }
        return ListRules.byName[name] ?? .atomic
    }

    private static let byName: [String: ListRule] = [
        "containers": .map(["name"]), "initContainers": .map(["name"]), "ephemeralContainers": .map(["name"]),
        "volumes": .map(["name"]), "env": .map(["name"]), "imagePullSecrets": .map(["name"]),
        "resourceClaims": .map(["name"]), "schedulingGates": .map(["name"]), "secrets": .map(["name"]),
        "volumeMounts": .map(["mountPath"]), "volumeDevices": .map(["devicePath"]), "hostAliases": .map(["ip"]),
        "podIPs": .map(["ip"]), "hostIPs": .map(["ip"]), "conditions": .map(["type"]),
        "taints": .map(["key", "effect"]),
        "topologySpreadConstraints": .map(["topologyKey", "whenUnsatisfiable"]), "podCIDRs": .set,
    ]
}
