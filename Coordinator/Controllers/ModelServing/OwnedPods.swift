import KubernetesAPI
import KubernetesClient

/// Pods by the UID of the ModelServing that controls them.
struct OwnedPods: Sendable {
    private var byOwner: [String: [String: ServingPod]] = [:]

    /// Takes a change of a pod and its owner; the pod that is gone by it.
    mutating func apply(_ event: InformerEvent, owner: OwnerReference) -> ServingPod? {
        let object = event.object
        switch event {
        case .added, .updated:
            guard let pod = ServingPod(Pod(object), serving: owner.name) else { return nil }
            let before = byOwner[owner.uid, default: [:]].updateValue(pod, forKey: object.name)
            // The watch skipped its end: another one stands under its name.
            return before.flatMap { $0.uid == object.uid ? nil : $0 }
        case .deleted:
            guard byOwner[owner.uid]?[object.name]?.uid == object.uid else { return nil }
            let gone = byOwner[owner.uid]?.removeValue(forKey: object.name)
            if byOwner[owner.uid]?.isEmpty == true { byOwner[owner.uid] = nil }
            return gone
        }
    }

    func pods(of ownerUID: String) -> [ServingPod] { byOwner[ownerUID].map { Array($0.values) } ?? [] }
}
