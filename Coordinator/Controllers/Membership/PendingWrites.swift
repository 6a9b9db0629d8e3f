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
        var owner: OwnerReference
        /// The view of a pod.
        var pod: ServingPod?
        var until: Timestamp
    }

    private var created: [String: Entry] = [:]
    private var deleted: [String: Timestamp] = [:]

    mutating func didCreate(_ object: KubernetesObject, now: Timestamp) {
        guard let owner = object.controller else { return }
        let pod = object.kind == ResourceKind.pod.kind ? ServingPod(Pod(object), serving: owner.name) : nil
        created[object.uid] = Entry(object: object, owner: owner, pod: pod, until: now + PendingWrites.trustedFor)
    }

    mutating func didDelete(uid: String, now: Timestamp) {
        created[uid] = nil
        deleted[uid] = now + PendingWrites.trustedFor
    }

    /// Takes what the cache learnt.
    mutating func saw(_ event: InformerEvent) {
        guard !created.isEmpty || !deleted.isEmpty else { return }
        let uid = event.object.uid
        created[uid] = nil
        if case .deleted = event { deleted[uid] = nil }
    }

    /// Believes the cache where it should have caught up.
    mutating func expire(_ now: Timestamp) {
        if !created.isEmpty { created = created.filter { $0.value.until > now } }
        if !deleted.isEmpty { deleted = deleted.filter { $0.value > now } }
    }

    /// The objects of one kind and owner as they are with these writes.
    func merged(
        _ cached: [KubernetesObject], of kind: ResourceKind, owner: String, now: Timestamp
    ) -> [KubernetesObject] {
        var objects = cached
        let uids = created.isEmpty ? [] : Set(cached.map(\.uid))
        for (uid, entry) in created
        where entry.owner.uid == owner && !uids.contains(uid) && entry.object.kind == kind.kind {
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

    /// The pods of one owner as they are with these writes.
    func merged(_ cached: [ServingPod], owner: String) -> [ServingPod] {
        var pods = cached
        if !created.isEmpty {
            let known = Set(cached.map(\.uid))
            let fresh = created.filter { $0.value.owner.uid == owner && !known.contains($0.key) }
                .compactMap(\.value.pod)
            if !fresh.isEmpty {
                let names = Set(fresh.map(\.name))
                pods.removeAll { names.contains($0.name) }
                pods += fresh
            }
        }
        guard !deleted.isEmpty else { return pods }
        return pods.map { pod in
            guard deleted[pod.uid] != nil else { return pod }
            var pod = pod
            pod.isDeleting = true
            return pod
        }
    }
}
