import JSONValues
import ServingAPI

extension SchemaNode {
    /// Adds every problem of a value and of what is in it.
    func check(_ value: JSONValue, at path: String, into problems: inout [FieldProblem]) {
        if value.isNull, isNullable { return }
        guard hasType(value) else {
            let expected = isIntOrString ? "integer,string" : type?.rawValue ?? "object"
            problems.append(.wrongType(path, value, expected: expected))
            return
        }
        limits.check(value, at: path, into: &problems)
        switch value {
        case .object(let object): checkMembers(object, at: path, into: &problems)
        case .array(let elements): checkElements(elements, at: path, into: &problems)
        default: break
        }
        checkAlternatives(value, at: path, into: &problems)
    }

    private func hasType(_ value: JSONValue) -> Bool {
        if isIntOrString { return value.string != nil || value.integer != nil }
        switch type {
        case nil: return !value.isNull || preservesUnknownFields
        case .object: return value.object != nil
        case .array: return value.array != nil
        case .string: return value.string != nil
        case .integer: return value.integer != nil
        case .number: return value.double != nil
        case .boolean: return value.bool != nil
        }
    }

    private func checkMembers(_ object: JSONObject, at path: String, into problems: inout [FieldProblem]) {
        for name in required where object[name] == nil {
            problems.append(.required(SchemaNode.join(path, name)))
        }
        for (name, value) in object {
            if isResource, SchemaNode.resourceMembers.contains(name) { continue }
            if let schema = properties[name] {
                schema.check(value, at: SchemaNode.join(path, name), into: &problems)
            } else if let schema = additionalProperties {
                schema.check(value, at: SchemaNode.join(path, name), into: &problems)
            }
        }
    }

    private func checkElements(_ elements: [JSONValue], at path: String, into problems: inout [FieldProblem]) {
        if let items {
            for (index, element) in elements.enumerated() {
                items.check(element, at: "\(path)[\(index)]", into: &problems)
            }
        }
        var seen: Set<JSONValue> = []
        for (index, element) in elements.enumerated() {
            guard let identity = identity(of: element), !seen.insert(identity).inserted else { continue }
            problems.append(.duplicate("\(path)[\(index)]", identity))
        }
    }

    /// What tells an element of this list from the others; nil in a list whose elements may repeat.
    func identity(of element: JSONValue) -> JSONValue? {
        switch listKind {
        case .atomic: return nil
        case .set: return element
        case .map(let keys):
            var identity = JSONObject()
            for key in keys { identity[key] = element[key] ?? items?.properties[key]?.defaultValue }
            return .object(identity)
        }
    }

    private func checkAlternatives(_ value: JSONValue, at path: String, into problems: inout [FieldProblem]) {
        for schema in allOf { schema.check(value, at: path, into: &problems) }
        if !anyOf.isEmpty, !anyOf.contains(where: { $0.accepts(value) }) {
            problems.append(problem(path, value, "must validate at least one schema (anyOf)"))
        }
        if !oneOf.isEmpty, oneOf.count(where: { $0.accepts(value) }) != 1 {
            problems.append(problem(path, value, "must validate one and only one schema (oneOf)"))
        }
        if let not, not.accepts(value) {
            problems.append(problem(path, value, "must not validate the schema (not)"))
        }
    }

    private func accepts(_ value: JSONValue) -> Bool {
        var problems: [FieldProblem] = []
        check(value, at: "", into: &problems)
        return problems.isEmpty
    }

    private func problem(_ path: String, _ value: JSONValue, _ fault: String) -> FieldProblem {
        .invalid(path, value, "\(FieldProblem.subject(path)) \(fault)")
    }

    static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
