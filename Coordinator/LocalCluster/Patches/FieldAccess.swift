import JSONValues

/// Reads and removes fields by the paths of a `FieldTree`.
enum FieldAccess {
    static func value(at path: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        guard let step = path.first, step != "." else { return value }
        let rest = path.dropFirst()
        if step.hasPrefix("f:") { return value[String(step.dropFirst(2))].flatMap { self.value(at: rest, in: $0) } }
        return index(of: step, in: value.elements).flatMap { self.value(at: rest, in: value.elements[$0]) }
    }

    /// The value without the field; a list element goes when the path ends at it, or at its `.`.
    static func removing(_ path: ArraySlice<String>, from value: JSONValue) -> JSONValue {
        guard let step = path.first else { return value }
        var rest = path.dropFirst()
        if rest.first == "." { rest = [] }
        var value = value
        if step.hasPrefix("f:") {
            let name = String(step.dropFirst(2))
            guard let child = value[name] else { return value }
            value[name] = rest.isEmpty ? nil : removing(rest, from: child)
            return value
        }
        guard var elements = value.array, let index = index(of: step, in: elements) else { return value }
        if rest.isEmpty {
            elements.remove(at: index)
        } else {
            elements[index] = removing(rest, from: elements[index])
        }
        return .array(elements)
    }

    private static func index(of step: String, in elements: [JSONValue]) -> Int? {
        guard let identity = try? JSONValue.parse(String(step.dropFirst(2))) else { return nil }
        if step.hasPrefix("v:") { return elements.firstIndex(of: identity) }
        guard let keys = identity.object else { return nil }
        return elements.firstIndex { element in keys.allSatisfy { element[$0.key] == $0.value } }
    }
}
