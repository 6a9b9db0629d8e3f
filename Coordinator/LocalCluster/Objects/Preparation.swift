import JSONValues
import KubernetesAPI
import ServingAPI

extension Transaction {
    /// Fills in defaults, drops unknown fields and checks the object by its schema or by the rules of its built-in kind.
    func prepare(
        _ json: JSONValue, old: JSONValue?, _ kind: ServedKind, _ options: WriteOptions
    ) throws(APIStatus) -> Written {
        let name = json[path: "metadata", "name"]?.string ?? ""
        try checkMetadata(json, kind, name: name)
        guard let schema = kind.schema else {
            let complete = try completed(json, old: old, kind)
            let faults = BuiltInRules.faults(of: complete, old: old, kind: kind)
            if !faults.isEmpty { throw .invalid(kind, name: name, faults) }
            return Written(json: complete)
        }
        let (prepared, problems, warnings) = schema.prepare(json, old: old)
        if options.fieldValidation == .strict, !warnings.isEmpty {
            let version = kind.kind.version
            throw .badRequest(
                "\(kind.kind.kind) in version \"\(version)\" cannot be handled as a \(kind.kind.kind): strict decoding "
                    + "error: \(warnings.joined(separator: ", "))")
        }
        if !problems.isEmpty { throw .invalid(kind, name: name, problems) }
        return Written(json: prepared, warnings: options.fieldValidation == .warn ? warnings : [])
    }

    private func checkMetadata(_ json: JSONValue, _ kind: ServedKind, name: String) throws(APIStatus) {
        var faults: [FieldProblem] = []
        for field in ["labels", "annotations"] {
            guard let map = json[path: "metadata", field], !map.isNull else { continue }
            guard let members = map.object else {
                faults.append(.invalid("metadata.\(field)", "must be a map of strings"))
                continue
            }
            for (key, value) in members where value.string == nil {
                faults.append(.invalid("metadata.\(field)[\(key)]", "must be a string"))
            }
        }
        for (index, owner) in (json[path: "metadata", "ownerReferences"]?.elements ?? []).enumerated() {
            for field in ["apiVersion", "kind", "name", "uid"] where (owner[field]?.string ?? "").isEmpty {
                faults.append(.required("metadata.ownerReferences[\(index)].\(field)"))
            }
        }
        if !faults.isEmpty { throw .invalid(kind, name: name, faults) }
    }

    /// Defaults of a built-in kind, and the parts of it that only the server sets.
    private func completed(_ json: JSONValue, old: JSONValue?, _ kind: ServedKind) throws(APIStatus) -> JSONValue {
        var json = json
        switch kind.kind {
        case .secret: BuiltInRules.encodeStringData(&json)
        case .namespace: BuiltInRules.completeNamespace(&json)
        case .customResourceDefinition:
            _ = try CustomKinds.kinds(of: json)
            json["status"] = CustomKinds.establishedStatus(of: json, now: now)
        default: break
        }
        return BuiltInDefaults.apply(kind.kind, json)
    }

    /// The object as storage keeps it: in the storage version of its kind.
    func stored(_ json: JSONValue, _ kind: ServedKind) -> JSONValue {
        Representation.stored(json, as: kind)
    }
}
