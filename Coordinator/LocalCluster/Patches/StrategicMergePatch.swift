import JSONValues
import KubernetesAPI

/// Kubernetes' strategic merge patch: a merge patch whose lists merge by key, with directives for what that cannot say
/// (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`).
struct StrategicMergePatch {
    let rules: ListRules

    /// `original` after the patch. Throws BadRequest where an element of a keyed list has no key.
    func apply(_ patch: JSONValue, to original: JSONValue) throws(APIStatus) -> JSONValue {
        try merge(original, patch, at: [])
    }

    private func merge(_ original: JSONValue, _ patch: JSONValue, at path: [String]) throws(APIStatus) -> JSONValue {
        guard let changes = patch.object else { return patch }
        switch patch["$patch"]?.string {
        case "replace": return without(["$patch"], patch)
        case "delete": return .object(JSONObject())
        default: break
        }
        var result = original.object ?? JSONObject()
        if let retained = patch["$retainKeys"]?.array {
            for key in result.keys where !retained.contains(.string(key)) { result[key] = nil }
        }
        for (key, change) in changes where !key.hasPrefix("$") {
            if change.isNull {
                result[key] = nil
            } else if let elements = change.array {
                result[key] = .array(try merge(result[key]?.elements ?? [], elements, at: path + [key]))
            } else {
                result[key] = try merge(result[key] ?? .null, change, at: path + [key])
            }
        }
        applyListDirectives(changes, to: &result, at: path)
        return .object(result)
    }

    private func merge(
        _ original: [JSONValue], _ patch: [JSONValue], at path: [String]
    ) throws(APIStatus) -> [JSONValue] {
        switch rules.rule(at: path) {
        case .atomic: return patch
        case .set: return original + patch.filter { !original.contains($0) }
        case .map(let keys):
            guard let key = keys.first?.name else { return patch }
            if patch.contains(where: { $0["$patch"]?.string == "replace" }) {
                return patch.filter { $0["$patch"]?.string != "replace" }
            }
            var result = original
            for element in patch {
                guard let value = element[key] else {
                    throw .badRequest(
                        "map: \(element.text()) does not contain declared merge key: \(key) "
                            + "(at \(path.joined(separator: ".")))")
                }
                let index = result.firstIndex { $0[key] == value }
                if element["$patch"]?.string == "delete" {
                    if let index { result.remove(at: index) }
                } else if let index {
                    result[index] = try merge(result[index], element, at: path)
                } else {
                    result.append(without(["$patch", "$retainKeys"], element))
                }
            }
            return result
        }
    }

    private func applyListDirectives(_ changes: JSONObject, to result: inout JSONObject, at path: [String]) {
        for (directive, value) in changes {
            let parts = directive.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let list = result[parts[1]]?.array else { continue }
            if parts[0] == "$deleteFromPrimitiveList" {
                result[parts[1]] = .array(list.filter { !value.elements.contains($0) })
            } else if parts[0] == "$setElementOrder" {
                result[parts[1]] = .array(ordered(list, by: value.elements, at: path + [parts[1]]))
            }
        }
    }

    /// Elements named by the order in that order; the others, which the patch's author does not know, after them.
    private func ordered(_ list: [JSONValue], by order: [JSONValue], at path: [String]) -> [JSONValue] {
        let key: String? = if case .map(let keys) = rules.rule(at: path) { keys.first?.name } else { nil }
        func identity(_ element: JSONValue) -> JSONValue { key.flatMap { element[$0] } ?? element }
        let ranks = Dictionary(order.enumerated().map { (identity($1), $0) }, uniquingKeysWith: { first, _ in first })
        let ranked = list.enumerated().map { (ranks[identity($1)] ?? order.count, $0, $1) }
        return ranked.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private func without(_ directives: [String], _ value: JSONValue) -> JSONValue {
        var value = value
        for directive in directives where value[directive] != nil { value[directive] = nil }
        return value
    }
}
