package import JSONValues
import KubernetesAPI

/// How a list of a kind is merged with another.
package enum ListRule: Sendable, Hashable {
    /// As one value: the later list stands.
    case atomic
    /// As a set of plain values.
    case set
    /// As a map: elements with equal values of these members are one element.
    case map([ListKey])
}

/// A member that tells elements of a list apart.
package struct ListKey: Sendable, Hashable {
    package var name: String
    /// The value of an element that does not have the member.
    package var fallback: JSONValue?

    package init(_ name: String, fallback: JSONValue? = nil) {
        self.name = name
        self.fallback = fallback
    }

    func value(in element: JSONValue) -> JSONValue? { element[name] ?? fallback }
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
            case "ownerReferences": return .map([ListKey("uid")])
            case "finalizers": return .set
            default: return .atomic
            }
        }
        return schema.map { ListRules.rule(in: $0, at: path) } ?? builtIn(path)
    }

    /// Whether the list at a path is one value.
    func isAtomic(at path: [String]) -> Bool { rule(at: path) == .atomic }

    /// A value with the fallbacks of its list keys written out, so that equal elements have equal keys.
    func keyed(_ value: JSONValue, at path: [String] = []) -> JSONValue {
        switch value {
        case .object(let members):
            var result = members
            for (name, member) in members { result[name] = keyed(member, at: path + [name]) }
            return .object(result)
        case .array(let elements):
            guard case .map(let keys) = rule(at: path) else { return value }
            return .array(
                elements.map { element in
                    var element = keyed(element, at: path)
                    for key in keys where element.object != nil { element[key.name] = key.value(in: element) }
                    return element
                })
        default: return value
        }
    }

    private static func rule(in schema: JSONValue, at path: [String]) -> ListRule {
        var node = schema
        for name in path {
            while let items = node["items"] { node = items }
            guard let next = node["properties"]?[name] ?? node["additionalProperties"] else { return .atomic }
            node = next
        }
        switch node["x-kubernetes-list-type"]?.string {
        case "map":
            let names = node["x-kubernetes-list-map-keys"]?.elements.compactMap(\.string) ?? []
            return .map(names.map { ListKey($0, fallback: node[path: "items", "properties", $0, "default"]) })
        case "set": return .set
        default: return .atomic
        }
    }

    private func builtIn(_ path: [String]) -> ListRule {
        guard let name = path.last else { return .atomic }
        if name == "ports" {
            return .map([ListKey(kind == .service ? "port" : "containerPort"), ListKey("protocol", fallback: "TCP")])
        }
        if name == "addresses" { return kind == .node ? .map([ListKey("type")]) : .atomic }
        return ListRules.byName[name] ?? .atomic
    }

    private static let byName: [String: ListRule] = [
        "containers": keyed("name"), "initContainers": keyed("name"), "ephemeralContainers": keyed("name"),
        "volumes": keyed("name"), "env": keyed("name"), "imagePullSecrets": keyed("name"),
        "resourceClaims": keyed("name"), "schedulingGates": keyed("name"), "secrets": keyed("name"),
        "volumeMounts": keyed("mountPath"), "volumeDevices": keyed("devicePath"), "hostAliases": keyed("ip"),
        "podIPs": keyed("ip"), "hostIPs": keyed("ip"), "conditions": keyed("type"), "taints": keyed("key", "effect"),
        "topologySpreadConstraints": keyed("topologyKey", "whenUnsatisfiable"), "webhooks": keyed("name"),
        "podCIDRs": .set,
    ]

    private static func keyed(_ names: String...) -> ListRule { .map(names.map { ListKey($0) }) }
}
