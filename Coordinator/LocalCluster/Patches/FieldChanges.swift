import JSONValues

/// What one write did to an object: the fields it added or gave another value, and those it took away.
///
/// Only what a writer can own is compared: not what identifies the object, and not what the server sets.
struct FieldChanges {
    private(set) var written: FieldTree
    private(set) var removed: FieldTree

    /// `old` is nil for an object that is new, whose every field is then written.
    init(from old: JSONValue?, to new: JSONValue, rules: ListRules) {
        let difference = FieldChanges.difference(
            old.map(FieldTree.ownable) ?? nil, FieldTree.ownable(new), at: [], rules)
        written = FieldTree(difference.written ?? .object(JSONObject()))
        removed = FieldTree(difference.removed ?? .object(JSONObject()))
    }

    var isEmpty: Bool { written.isEmpty && removed.isEmpty }

    private typealias Difference = (written: JSONValue?, removed: JSONValue?)

    private static let leaf = JSONValue.object(JSONObject())

    private static func difference(
        _ old: JSONValue?, _ new: JSONValue, at path: [String], _ rules: ListRules
    ) -> Difference {
        switch (old, new) {
        case (nil, .object(let members)) where members.isEmpty: return (leaf, nil)
        case (nil, .object(let members)): return difference(JSONObject(), members, at: path, rules)
        case (.some(.object(let before)), .object(let members)): return difference(before, members, at: path, rules)
        case (nil, .array(let elements)) where elements.isEmpty: return (leaf, nil)
        case (nil, .array(let elements)) where !rules.isAtomic(at: path):
            return difference([], elements, at: path, rules)
        case (.some(.array(let before)), .array(let elements)) where !rules.isAtomic(at: path):
            return difference(before, elements, at: path, rules)
        default: return old == new ? (nil, nil) : (leaf, nil)
        }
    }

    private static func difference(
        _ old: JSONObject, _ new: JSONObject, at path: [String], _ rules: ListRules
    ) -> Difference {
        var (written, removed) = (JSONObject(), JSONObject())
        for (name, member) in new where !member.isNull {
            let child = difference(old[name], member, at: path + [name], rules)
            if let fields = child.written { written["f:\(name)"] = fields }
            if let fields = child.removed { removed["f:\(name)"] = fields }
        }
        for (name, _) in old where new[name] ?? .null == .null { removed["f:\(name)"] = leaf }
        return (written.isEmpty ? nil : .object(written), removed.isEmpty ? nil : .object(removed))
    }

    private static func difference(
        _ old: [JSONValue], _ new: [JSONValue], at path: [String], _ rules: ListRules
    ) -> Difference {
        let rule = rules.rule(at: path)
        var earlier: [String: JSONValue] = [:]
        for element in old { earlier[FieldTree.label(of: element, rule)] = element }
        var (written, removed) = (JSONObject(), JSONObject())
        var labels: Set<String> = []
        for element in new {
            let label = FieldTree.label(of: element, rule)
            guard labels.insert(label).inserted else { continue }
            guard let before = earlier[label] else {
                written[label] = FieldTree.element(element, at: path, rules)
                continue
            }
            let child = difference(before, element, at: path, rules)
            if let fields = child.written { written[label] = fields }
            if let fields = child.removed { removed[label] = fields }
        }
        for label in earlier.keys where !labels.contains(label) { removed[label] = leaf }
        return (written.isEmpty ? nil : .object(written), removed.isEmpty ? nil : .object(removed))
    }
}
