import JSONValues
package import KubernetesAPI
import ServingAPI

/// What a PodGroup can say in this cluster, read from its CustomResourceDefinition: Volcano's releases differ.
package struct PodGroupSchema: Sendable, Hashable {
    /// The definition's name.
    static let definition = "\(ResourceKind.podGroup.plural).\(ResourceKind.podGroup.group)"

    /// The schema of `spec`.
    private let spec: JSONValue

    /// Nil where the definition serves no PodGroups now: it is not established, on its way out, or of other versions.
    package init?(_ definition: KubernetesObject) {
        let version = (definition.spec["versions"]?.elements ?? []).first {
            $0["name"]?.string == ResourceKind.podGroup.version && $0["served"]?.bool == true
        }
        let conditions = definition.status["conditions"]?.elements.compactMap { Condition($0) } ?? []
        guard definition.name == PodGroupSchema.definition, !definition.isBeingDeleted, let version,
            conditions.holds("Established")
        else { return nil }
        spec = version[path: "schema", "openAPIV3Schema", "properties", "spec"] ?? .object(JSONObject())
    }

    /// Whether subgroups of pods can be told apart by labels (Volcano 1.14 and up).
    var hasSubGroups: Bool {
        let item = spec[path: "properties", "subGroupPolicy", "items", "properties"]
        return item?["labelSelector"] != nil && item?["matchLabelKeys"] != nil
    }

    /// A spec as the API server would keep it: without what the schema does not have, with its defaults.
    func fitted(_ value: JSONValue) -> JSONValue { PodGroupSchema.fitted(value, spec) }

    private static func fitted(_ value: JSONValue, _ schema: JSONValue) -> JSONValue {
        if let elements = value.array, let items = schema["items"] {
            return .array(elements.map { fitted($0, items) })
        }
        guard let members = value.object else { return value }
        let properties = schema["properties"]?.object ?? JSONObject()
        let keepsOthers = properties.isEmpty || schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
        var kept = JSONObject()
        for (name, member) in members {
            if let property = properties[name] {
                kept[name] = fitted(member, property)
            } else if keepsOthers {
                kept[name] = member
            }
        }
        for (name, property) in properties where kept[name] == nil {
            if let value = property["default"] { kept[name] = fitted(value, property) }
        }
        return .object(kept)
    }
}
