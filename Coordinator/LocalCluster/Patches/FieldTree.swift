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
            case .set, .map:
                let rule = rules.rule(at: path)
                for element in elements {
                    result[FieldTree.label(of: element, rule)] = FieldTree.element(element, at: path, rules)
                }
            }
        default: break
        }
        return result
    }

    /// The fields of an element of a list, and the element itself.
    static func element(_ element: JSONValue, at path: [String], _ rules: ListRules) -> JSONValue {
        guard case .map = rules.rule(at: path) else { return .object(JSONObject()) }
        var entry = tree(of: element, at: path, rules)
        entry["."] = .object(JSONObject())
        return entry
    }

    /// What tells an element of a list from the others.
    static func label(of element: JSONValue, _ rule: ListRule) -> String {
        guard case .map(let keys) = rule else { return "v:\(element.text())" }
        var identity = JSONValue.object(JSONObject())
        for key in keys.sorted(by: { $0.name < $1.name }) { identity[key.name] = key.value(in: element) }
        return "k:\(identity.text())"
    }

    /// The part of an object that a writer can own: neither what identifies it nor what the server sets.
    static func ownable(_ object: JSONValue) -> JSONValue {
        var owned = object
        for field in ["apiVersion", "kind"] { owned[field] = nil }
        guard let metadata = owned["metadata"]?.object else { return owned }
        var kept = JSONObject()
        for field in ["labels", "annotations", "finalizers", "ownerReferences"] { kept[field] = metadata[field] }
        owned["metadata"] = kept.isEmpty ? nil : .object(kept)
        return owned
    }

    var isEmpty: Bool { json.object?.isEmpty ?? true }

    /// Adds the fields of another set.
    mutating func formUnion(_ other: FieldTree) { json = FieldTree.union(json, other.json) }

    private static func union(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        var result = left
        for (step, child) in right.object ?? JSONObject() {
            result[step] = result[step].map { union($0, child) } ?? child
        }
        return result
    }

    /// Takes away the fields of another set, whatever is in them, and what is empty above them.
    mutating func subtract(_ other: FieldTree) { FieldTree.subtract(other.json, from: &json) }

    private static func subtract(_ other: JSONValue, from node: inout JSONValue) {
        for (step, child) in other.object ?? JSONObject() {
            guard var mine = node[step] else { continue }
            if child.object?.isEmpty ?? true {
                node[step] = nil
            } else if mine.object?.isEmpty == false {
                subtract(child, from: &mine)
                node[step] = mine.object?.isEmpty == true ? nil : mine
            }
        }
    }

    /// Paths of the leaves.
    var leaves: [[String]] { FieldTree.leaves(json, []) }

    private static func leaves(_ node: JSONValue, _ path: [String]) -> [[String]] {
        guard let members = node.object, !members.isEmpty else { return path.isEmpty ? [] : [path] }
        return members.flatMap { leaves($0.value, path + [$0.key]) }
    }

    /// Whether the set has this field, or a part of it.
    func contains(_ path: [String]) -> Bool {
        var node = json
        for step in path {
            guard let next = node[step] else { return false }
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
