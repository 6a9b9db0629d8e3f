import JSONValues

extension SchemaNode {
    /// A value without the members that have no schema; their paths go to `dropped`. A value of another type than the
    /// schema's is left for the check to report.
    func pruned(_ value: JSONValue, at path: String, dropped: inout [String]) -> JSONValue {
        switch value {
        case .array(let elements):
            guard let items else { return value }
            return .array(
                elements.enumerated().map { items.pruned($1, at: "\(path)[\($0)]", dropped: &dropped) })
        case .object(let object):
            return .object(pruned(object, at: path, dropped: &dropped))
        default:
            return value
        }
    }

    private func pruned(_ object: JSONObject, at path: String, dropped: inout [String]) -> JSONObject {
        var result = JSONObject()
        for (name, value) in object {
            let child = path.isEmpty ? name : "\(path).\(name)"
            if isResource, SchemaNode.resourceMembers.contains(name) {
                result[name] = value
            } else if let schema = properties[name] ?? additionalProperties {
                result[name] = schema.pruned(value, at: child, dropped: &dropped)
            } else if preservesUnknownFields {
                result[name] = value
            } else {
                dropped.append(child)
            }
        }
        return result
    }

    /// What every object has beside its schema.
    static let resourceMembers: Set<String> = ["apiVersion", "kind", "metadata"]
}
