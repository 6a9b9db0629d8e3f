import JSONValues
import KubernetesAPI

/// The statuses that were written, and what the server made of them: a field that it does not keep is no news again.
///
/// 1. An entry is of the last write of one object; at most `entriesMax`, then all are forgotten, which costs one write
///    each.
struct WrittenStatuses: Sendable {
    static let entriesMax = 10_000

    private struct Entry {
        var wanted: JSONValue
        var kept: JSONValue
    }

    private struct Name: Hashable {
        var kind: String
        var uid: String
    }

    private var entries: [Name: Entry] = [:]

    init() {}

    /// Whether the members of `status` are not in the object's status yet and can get there.
    func isNews(_ status: JSONValue, for object: KubernetesObject, of kind: ResourceKind) -> Bool {
        let differs = (status.object ?? JSONObject()).contains { name, value in object.status[name] != value }
        guard differs else { return false }
        let entry = entries[Name(kind: kind.kind, uid: object.uid)]
        return entry.map { $0.wanted != status || $0.kept != object.status } ?? true
    }

    mutating func didWrite(_ status: JSONValue, giving object: KubernetesObject, of kind: ResourceKind) {
        if entries.count >= Self.entriesMax { entries = [:] }
        entries[Name(kind: kind.kind, uid: object.uid)] = Entry(wanted: status, kept: object.status)
    }
}
