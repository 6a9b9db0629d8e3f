import JSONValues
import KubernetesAPI
import KubernetesClient

/// Writes of this program that the cache does not show yet, so that a plan never repeats or contradicts the one before.
///
/// 1. A created object counts as there from the answer of the server until the cache knows it.
/// 2. An object whose deletion was asked for counts as being deleted from then on.
/// 3. After `trustedFor` the cache is believed: the object may have come and gone while the watch was down.
struct PendingWrites: Sendable {
    static let trustedFor = Duration.seconds(30)

    private struct Entry: Sendable {
        var object: KubernetesObject
        var until: Timestamp
    }

    private var created: [String: Entry] = [:]
    private var deleted: [String: Timestamp] = [:]

    mutating func didCreate(_ object: KubernetesObject, now: Timestamp) {
        created[object.uid] = Entry(object: object, until: now + PendingWrites.trustedFor)
    }

    mutating func didDelete(uid: String, now: Timestamp) {
        created[uid] = nil
        deleted[uid] = now + PendingWrites.trustedFor
    }

    /// Takes what the cache learnt.
    mutating func saw(_ event: InformerEvent) {
        let uid = event.object.uid
        created[uid] = nil
        if case .deleted = event { deleted[uid] = nil }
    }

    /// The objects of one kind and owner as they are with these writes.
    mutating func merged(
        _ cached: [KubernetesObject], of kind: ResourceKind, owner: String, now: Timestamp
    ) -> [KubernetesObject] {
        created = created.filter { $0.value.until > now }
        deleted = deleted.filter { $0.value > now }
        let uids = Set(cached.map(\.uid))
        var objects = cached
        for (uid, entry) in created
        where !uids.contains(uid) && entry.object.kind == kind.kind && entry.object.controller?.uid == owner {
            objects.removeAll { $0.key == entry.object.key }
            objects.append(entry.object)
        }
        guard !deleted.isEmpty else { return objects }
        return objects.map { object in
            guard deleted[object.uid] != nil, !object.isBeingDeleted else { return object }
            var object = object
            object.json[path: "metadata", "deletionTimestamp"] = .string(now.description)
            return object
        }
    }
}
