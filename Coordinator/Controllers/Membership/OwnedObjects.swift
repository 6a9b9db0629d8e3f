import KubernetesAPI
import KubernetesClient

/// Objects of one kind by the UID of the ModelServing that controls them.
struct OwnedObjects: Sendable {
    private var byOwner: [String: [ObjectKey: KubernetesObject]] = [:]

    /// Takes a change of an object and its owner.
    mutating func apply(_ event: InformerEvent, owner: OwnerReference) {
        let object = event.object
        switch event {
        case .added, .updated: byOwner[owner.uid, default: [:]][object.key] = object
        case .deleted:
            guard byOwner[owner.uid]?[object.key]?.uid == object.uid else { return }
            byOwner[owner.uid]?[object.key] = nil
            if byOwner[owner.uid]?.isEmpty == true { byOwner[owner.uid] = nil }
        }
    }

    func objects(of ownerUID: String) -> [KubernetesObject] { byOwner[ownerUID].map { Array($0.values) } ?? [] }
}
