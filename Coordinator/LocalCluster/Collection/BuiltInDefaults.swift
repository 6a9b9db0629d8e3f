package import JSONValues
package import KubernetesAPI
import ServingAPI

/// What the API server fills into objects of built-in kinds, and the faults it refuses them for.
package enum BuiltInDefaults {
    /// An object with its defaults; an object of a kind without any is answered as it is.
    package static func apply(_ kind: ResourceKind, _ json: JSONValue) -> JSONValue {
        switch kind {
        case .pod: return PodDefaults.apply(json)
        case .service: return ServiceDefaults.apply(json)
        case .namespace: return namespace(json)
        case .secret: return secret(json)
        default: return json
        }
    }

    /// Every fault of an object of a built-in kind, of its metadata first; of a custom kind the faults of its metadata.
    package static func problems(_ kind: ResourceKind, _ json: JSONValue) -> [SchemaProblem] {
        let metadata = MetadataRules.problems(kind, json)
        switch kind {
        case .pod: return metadata + PodRules.problems(json)
        case .service: return metadata + ServiceRules.problems(json)
        case .configMap, .secret: return metadata + MetadataRules.dataProblems(json)
        default: return metadata
        }
    }

    private static func namespace(_ json: JSONValue) -> JSONValue {
        var object = json
        object[path: "metadata", "labels", "kubernetes.io/metadata.name"] = json[path: "metadata", "name"]
        if object["spec"]?["finalizers"] == nil { object[path: "spec", "finalizers"] = ["kubernetes"] }
        if object[path: "status", "phase"] == nil { object[path: "status", "phase"] = "Active" }
        return object
    }

    /// Texts of `stringData` move to `data` in base64, as they are only a way to write it.
    private static func secret(_ json: JSONValue) -> JSONValue {
        var object = json
        object.fill("type", "Opaque")
        for (key, text) in json["stringData"]?.stringMap ?? [:] {
            object[path: "data", key] = .string(Base64.encode(Array(text.utf8)))
        }
        object["stringData"] = nil
        return object
    }
}

extension JSONValue {
    /// Sets a member that is absent or null.
    mutating func fill(_ name: String, _ value: JSONValue) {
        if self[name]?.isNull ?? true { self[name] = value }
    }

    /// Changes a member that is present.
    mutating func change(_ name: String, _ edit: (inout JSONValue) -> Void) {
        guard var value = self[name], !value.isNull else { return }
        edit(&value)
        self[name] = value
    }

    /// Changes each element of a list member that is present.
    mutating func changeEach(_ name: String, _ edit: (inout JSONValue) -> Void) {
        guard var elements = self[name]?.array else { return }
        for index in elements.indices { edit(&elements[index]) }
        self[name] = .array(elements)
    }
}
