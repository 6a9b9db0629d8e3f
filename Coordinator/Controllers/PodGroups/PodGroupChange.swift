import JSONValues
import KubernetesAPI
import ServingAPI

/// What has to be written so that a PodGroup says what it should, and nothing where it already does.
///
/// Only the fields this program states are looked at: Volcano and its users keep the others.
enum PodGroupChange {
    private static let fields = [
        "minMember", "minResources", "minTaskMember", "queue", "networkTopology", "subGroupPolicy",
    ]

    /// A JSON patch that changes exactly the PodGroup that was seen; nil where there is nothing to change.
    static func patch(from seen: KubernetesObject, to wanted: KubernetesObject) -> JSONValue? {
        var operations: [JSONValue] = []
        for (list, theirs, ours) in [
            ("labels", seen.labels, wanted.labels), ("annotations", seen.annotations, wanted.annotations),
        ] {
            let merged = theirs.merging(ours) { _, ours in ours }
            guard merged != theirs else { continue }
            operations.append(["op": "add", "path": .string("/metadata/\(list)"), "value": .strings(merged)])
        }
        for field in fields where !isSame(field, seen.spec[field], wanted.spec[field]) {
            guard let value = wanted.spec[field] else {
                operations.append(["op": "remove", "path": .string("/spec/\(field)")])
                continue
            }
            operations.append(["op": "add", "path": .string("/spec/\(field)"), "value": value])
        }
        guard !operations.isEmpty else { return nil }
        return .array([["op": "test", "path": "/metadata/uid", "value": .string(seen.uid)]] + operations)
    }

    private static func isSame(_ field: String, _ seen: JSONValue?, _ wanted: JSONValue?) -> Bool {
        switch field {
        case "queue":
            // Volcano fills in its default queue where none is named.
            let names = [seen, wanted].map { $0?.string ?? "" }.map { $0.isEmpty ? "default" : $0 }
            return names[0] == names[1]
        case "minResources": return quantities(seen) == quantities(wanted)
        case "minTaskMember", "subGroupPolicy": return isEmpty(seen) && isEmpty(wanted) || seen == wanted
        default: return seen == wanted
        }
    }

    private static func quantities(_ json: JSONValue?) -> [String: Quantity?] {
        var quantities: [String: Quantity?] = [:]
        for (name, value) in json?.object ?? JSONObject() { quantities[name] = .some(Quantity(value)) }
        return quantities
    }

    private static func isEmpty(_ json: JSONValue?) -> Bool {
        json?.object?.isEmpty ?? json?.array?.isEmpty ?? true
    }
}
