import JSONValues

/// A set of fields of an object, in the form of `metadata.managedFields[].fieldsV1`: `f:NAME` for a member, `k:{…}` for
/// an element of a keyed list, `v:…` for a member of a set, `.` for an element itself. A field without members is a
/// leaf.
struct FieldTree: Hashable {
    var json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    /// The fields an applied configuration sets; nulls set nothing.
    init(of configuration: JSONValue, rules: ListRules) {
        json = FieldTree.tree(of: configuration, at: [], rules)
    }

    private static func tree(of value: JSONValue, at path: [String], _ rules: ListRules) -> JSONValue {
        var result = JSONValue.object(JSONObject())
        switch value {
        case .object(let members):
            for (key, member) in members where !member.isNull {
                result["f:\(key)"] = tree(of: member, at: path + [key], rules)
            }
        case .array(let elements):
            switch rules.rule(at: path) {
            case .atomic: break
            case .set: for element in elements { result["v:\(element.text())"] = .object(JSONObject()) }
            case .map(let keys):
                for element in elements {
                    var entry = tree(of: element, at: path, rules)
                    entry["."] = .object(JSONObject())
                    result[FieldTree.label(of: element, keys)] = entry
                }
            }
        default: break
        }
        return result
    }

    static func label(of element: JSONValue, _ keys: [String]) -> String {
        var identity = JSONValue.object(JSONObject())
        for key in keys.sorted() { identity[key] = element[key] }
        return "k:\(identity.text())"
    }

    /// Paths of the leaves.
    var leaves: [[String]] { FieldTree.leaves(json, []) }

    private static func leaves(_ node: JSONValue, _ path: [String]) -> [[String]] {
        guard let members = node.object, !members.isEmpty else { return path.isEmpty ? [] : [path] }
        return members.flatMap { leaves($0.value, path + [$0.key]) }
    }

    /// Whether the set has this field or a part of it, or the whole of which it is a part.
    func covers(_ path: [String]) -> Bool {
        var node = json
        for step in path {
            guard let next = node[step] else { return node.object?.isEmpty == true }
            node = next
        }
        return true
    }

    /// Removes a leaf, and what is empty above it.
    mutating func remove(_ path: [String]) { FieldTree.remove(path[...], from: &json) }

    private static func remove(_ path: ArraySlice<String>, from node: inout JSONValue) {
        guard let step = path.first, var child = node[step] else { return }
        let rest = path.dropFirst()
        if !rest.isEmpty { remove(rest, from: &child) }
        node[step] = rest.isEmpty || child.object?.isEmpty == true ? nil : child
    }

    /// A path as people read it: `.spec.containers[name="a"].image`.
    static func text(of path: [String]) -> String {
        path.map { step in
            if step.hasPrefix("f:") { return ".\(step.dropFirst(2))" }
            guard step.hasPrefix("k:"), let keys = try? JSONValue.parse(String(step.dropFirst(2))) else {
                return step == "." ? "" : "[\(step.dropFirst(2))]"
            }
            return "["
                + (keys.object.map(Array.init) ?? []).map { "\($0.key)=\($0.value.text())" }
                .joined(separator: ",") + "]"
        }.joined()
    }
}
