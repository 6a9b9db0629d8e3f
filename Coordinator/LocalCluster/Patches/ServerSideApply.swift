import JSONValues
import KubernetesAPI

/// Server-side apply: merges what a manager wants into an object, takes away what it no longer wants, and refuses to
/// change what another manager applied, unless forced.
///
/// Ownership is in `metadata.managedFields`; `FieldOwnership` keeps it for all other writes.
struct ServerSideApply {
    let kind: ServedKind
    let manager: String
    let isForced: Bool
    /// Empty for the object itself, else `status` or `scale`.
    let subresource: String
    let now: Timestamp

    /// The object after the apply; `live` is null where it is new. Throws Conflict with a cause for each field.
    func apply(_ configuration: JSONValue, to live: JSONValue) throws(APIStatus) -> JSONValue {
        let rules = ListRules(kind)
        let configuration = rules.keyed(configuration)
        let wanted = FieldTree(of: owned(configuration), rules: rules)
        var entries = live[path: "metadata", "managedFields"]?.elements ?? []
        let mine = entries.firstIndex { isMine($0) }
        let before = mine.flatMap { entries[$0]["fieldsV1"] }.map(FieldTree.init)
        let lastApplied = self.lastApplied(live)
        var conflicts: [JSONValue] = []
        for index in entries.indices where index != mine {
            var theirs = FieldTree(entries[index]["fieldsV1"] ?? .null)
            for path in theirs.leaves where wanted.contains(path) {
                let (old, new) = (
                    FieldAccess.value(at: path[...], in: live), FieldAccess.value(at: path[...], in: configuration)
                )
                if old == new || path.last == "." { continue }
                theirs.remove(path)
                if let lastApplied, FieldAccess.value(at: path[...], in: lastApplied) == old { continue }
                conflicts.append(conflict(path, entries[index]))
            }
            entries[index]["fieldsV1"] = theirs.json
        }
        if !conflicts.isEmpty, !isForced { throw refusal(configuration, conflicts) }
        var result = ServerSideApply.merge(live, configuration, at: [], rules)
        // Whole elements first: one that has lost its key could not be found any more.
        let dropped = (before?.leaves ?? []).filter { !wanted.contains($0) }
        for path in dropped.filter({ $0.last == "." }) + dropped.filter({ $0.last != "." }) {
            let isKept = entries.indices.contains { index in
                index != mine && FieldTree(entries[index]["fieldsV1"] ?? .null).contains(path)
            }
            if !isKept { result = FieldAccess.removing(path[...], from: result) }
        }
        if let mine, before == wanted {
            entries[mine]["apiVersion"] = .string(kind.kind.apiVersion)
        } else if let mine {
            entries[mine] = entry(wanted)
        } else {
            entries.append(entry(wanted))
        }
        entries.removeAll { FieldTree($0["fieldsV1"] ?? .null).isEmpty && !isMine($0) }
        result[path: "metadata", "managedFields"] = .array(entries)
        return result
    }

    /// What client-side apply last wrote, for the manager that goes on from there: a field that is still as it was
    /// written is its own, whatever its account says. Nil for any other manager.
    private func lastApplied(_ live: JSONValue) -> JSONValue? {
        guard manager == "kubectl" else { return nil }
        let annotation = live[path: "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]
        return annotation?.string.flatMap { try? JSONValue.parse($0) }
    }

    private func isMine(_ entry: JSONValue) -> Bool {
        entry["manager"]?.string == manager && entry["operation"]?.string == "Apply"
            && (entry["subresource"]?.string ?? "") == subresource
    }

    private func entry(_ fields: FieldTree) -> JSONValue {
        .members([
            "manager": .string(manager), "operation": "Apply", "apiVersion": .string(kind.kind.apiVersion),
            "time": .string(now.description), "fieldsType": "FieldsV1", "fieldsV1": fields.json,
            "subresource": subresource.isEmpty ? nil : .string(subresource),
        ])
    }

    private func conflict(_ path: [String], _ owner: JSONValue) -> JSONValue {
        var text = "conflict with \"\(owner["manager"]?.string ?? "")\""
        if let subresource = owner["subresource"]?.string { text += " with subresource \"\(subresource)\"" }
        if owner["operation"] == "Update" { text += " using \(owner["apiVersion"]?.string ?? "")" }
        return [
            "reason": "FieldManagerConflict", "message": .string(text), "field": .string(FieldTree.text(of: path)),
        ]
    }

    private func refusal(_ configuration: JSONValue, _ conflicts: [JSONValue]) -> APIStatus {
        let texts = conflicts.map { "\($0["message"]?.string ?? ""): \($0["field"]?.string ?? "")" }
        return APIStatus(
            code: 409, reason: .conflict,
            message: "Apply failed with \(conflicts.count) conflict\(conflicts.count == 1 ? "" : "s"): "
                + texts.joined(separator: "; "),
            details: [
                "name": configuration[path: "metadata", "name"] ?? "", "kind": .string(kind.kind.plural),
                "causes": .array(conflicts),
            ])
    }

    /// The part of a configuration that can be owned through this subresource.
    private func owned(_ configuration: JSONValue) -> JSONValue {
        var owned = FieldTree.ownable(configuration)
        if subresource == "status" { return .members(["status": owned["status"]]) }
        if kind.hasStatus { owned["status"] = nil }
        return owned
    }

    private static func merge(
        _ live: JSONValue, _ wanted: JSONValue, at path: [String], _ rules: ListRules
    ) -> JSONValue {
        switch wanted {
        case .object(let members):
            var result = live.object ?? JSONObject()
            for (key, member) in members where !member.isNull {
                result[key] = merge(result[key] ?? .null, member, at: path + [key], rules)
            }
            return .object(result)
        case .array(let elements):
            return .array(merge(live.elements, elements, at: path, rules))
        default: return wanted
        }
    }

    private static func merge(
        _ live: [JSONValue], _ wanted: [JSONValue], at path: [String], _ rules: ListRules
    ) -> [JSONValue] {
        let rule = rules.rule(at: path)
        switch rule {
        case .atomic: return wanted
        case .set: return live + wanted.filter { !live.contains($0) }
        case .map:
            var result = live
            for element in wanted {
                let label = FieldTree.label(of: element, rule)
                if let index = result.firstIndex(where: { FieldTree.label(of: $0, rule) == label }) {
                    result[index] = merge(result[index], element, at: path, rules)
                } else {
                    result.append(merge(.null, element, at: path, rules))
                }
            }
            return result
        }
    }
}
