import KubernetesAPI
import KubernetesClient

/// Objects of one kind by the UID of the ModelServing that controls them.
struct OwnedObjects: Sendable {
    private var byOwner: [String: [ObjectKey: KubernetesObject]] = [:]

    /// Takes a change; the owner it concerns, if a ModelServing controls the object.
    mutating func apply(_ event: InformerEvent) -> OwnerReference? {
        let object = event.object
        guard let owner = object.controller, owner.kind == "ModelServing" else { return nil }
        switch event {
        case .added, .updated: byOwner[owner.uid, default: [:]][object.key] = object
        case .deleted:
            guard byOwner[owner.uid]?[object.key]?.uid == object.uid else { return owner }
            byOwner[owner.uid]?[object.key] = nil
            if byOwner[owner.uid]?.isEmpty == true { byOwner[owner.uid] = nil }
        }
        return owner
    }

    func objects(of ownerUID: String) -> [KubernetesObject] { byOwner[ownerUID].map { Array($0.values) } ?? [] }
}
