import JSONValues
import KubernetesAPI

/// Keeps account of who wrote which field, in `metadata.managedFields`, for every write that is not an apply.
///
/// 1. A field that a write adds or changes belongs to its writer alone from then on.
/// 2. A field that a write takes away belongs to nobody.
/// 3. Entries of appliers are changed by rules 1 and 2 only; `ServerSideApply` makes them.
struct FieldOwnership {
    /// Entries of writers an object keeps; the oldest ones are joined to one beyond it, as in Kubernetes.
    static let writersMax = 10
    static let ancientWriter = "ancient-changes"

    let kind: ServedKind
    let manager: String
    /// Empty for the object itself, else `status` or `scale`.
    let subresource: String
    let now: Timestamp

    /// Kinds that are written all the time and merged by nobody go without, and so do objects that a controller owns:
    /// an account would double their size, and nobody but the controller writes them.
    static func isKept(for kind: ServedKind, _ object: JSONValue) -> Bool {
        guard
            !["events", "leases.coordination.k8s.io", "endpoints", "endpointslices.discovery.k8s.io"]
                .contains(kind.storage.description)
        else { return false }
        let owners = object[path: "metadata", "ownerReferences"]?.elements ?? []
        return !owners.contains { $0["controller"] == true }
    }

    /// `new` with the account of the write that made it from `old`, nil for an object that is new.
    func recorded(_ new: JSONValue, over old: JSONValue?) -> JSONValue {
        var result = new
        let given = new[path: "metadata", "managedFields"]?.elements ?? []
        // One empty entry is how a client gives up all accounts.
        if given.count == 1, given[0].object?.isEmpty == true {
            result[path: "metadata", "managedFields"] = nil
            return result
        }
        let changes = FieldChanges(from: old, to: new, rules: ListRules(kind))
        if changes.isEmpty { return result }
        var entries: [JSONValue] = []
        var mine = FieldTree(.object(JSONObject()))
        for var entry in given {
            var fields = FieldTree(entry["fieldsV1"] ?? .null)
            if isMine(entry) {
                mine = fields
                continue
            }
            fields.subtract(changes.written)
            fields.subtract(changes.removed)
            entry["fieldsV1"] = fields.json
            if !fields.isEmpty { entries.append(entry) }
        }
        mine.subtract(changes.removed)
        mine.formUnion(changes.written)
        if !mine.isEmpty { entries.append(entry(mine)) }
        entries = FieldOwnership.bounded(entries)
        result[path: "metadata", "managedFields"] = entries.isEmpty ? nil : .array(entries)
        return result
    }

    private func isMine(_ entry: JSONValue) -> Bool {
        entry["manager"]?.string == manager && entry["operation"]?.string == "Update"
            && entry["apiVersion"]?.string == kind.kind.apiVersion
            && (entry["subresource"]?.string ?? "") == subresource
    }

    private func entry(_ fields: FieldTree) -> JSONValue {
        .members([
            "manager": .string(manager), "operation": "Update", "apiVersion": .string(kind.kind.apiVersion),
            "time": .string(now.description), "fieldsType": "FieldsV1", "fieldsV1": fields.json,
            "subresource": subresource.isEmpty ? nil : .string(subresource),
        ])
    }

    /// Joins the oldest writers of the object itself into one where there are too many.
    private static func bounded(_ entries: [JSONValue]) -> [JSONValue] {
        func isWriter(_ entry: JSONValue) -> Bool { entry["operation"] == "Update" && entry["subresource"] == nil }
        let surplus = entries.count(where: isWriter) - writersMax
        guard surplus > 0 else { return entries }
        let oldest = entries.indices.filter { isWriter(entries[$0]) }
            .sorted { (entries[$0]["time"]?.string ?? "") < (entries[$1]["time"]?.string ?? "") }
            .prefix(surplus + 1)
        guard let first = oldest.first else { return entries }
        var joined = entries[first]
        var fields = FieldTree(.object(JSONObject()))
        for index in oldest { fields.formUnion(FieldTree(entries[index]["fieldsV1"] ?? .null)) }
        joined["manager"] = .string(ancientWriter)
        joined["fieldsV1"] = fields.json
        return [joined] + entries.indices.filter { !oldest.contains($0) }.map { entries[$0] }
    }
}
