import KubernetesAPI

/// Who owns whom among a set of objects, looked up by UID.
struct OwnerGraph {
    private var byUID: [String: KubernetesObject] = [:]
    private var dependentsByUID: [String: [KubernetesObject]] = [:]
    private var byNamespace: [String: [KubernetesObject]] = [:]

    init(_ objects: [KubernetesObject]) {
        for object in objects {
            byUID[object.uid] = object
            if !object.namespace.isEmpty { byNamespace[object.namespace, default: []].append(object) }
        }
        for object in objects {
            for reference in object.ownerReferences where owner(reference, of: object) != nil {
                dependentsByUID[reference.uid, default: []].append(object)
            }
        }
    }

    /// The owner a reference leads to; nil where it is gone or out of the object's reach.
    func owner(_ reference: OwnerReference, of object: KubernetesObject) -> KubernetesObject? {
        guard let owner = byUID[reference.uid] else { return nil }
        return owner.namespace.isEmpty || owner.namespace == object.namespace ? owner : nil
    }

    func dependents(of owner: KubernetesObject) -> [KubernetesObject] { dependentsByUID[owner.uid] ?? [] }

    func content(ofNamespace name: String) -> [KubernetesObject] { byNamespace[name] ?? [] }

    func lostAllOwners(_ object: KubernetesObject) -> Bool {
        let references = object.ownerReferences
        return !references.isEmpty && references.allSatisfy { owner($0, of: object) == nil }
    }

    /// Whether an owner beside this one exists and is not on its way out.
    func hasOtherOwner(_ object: KubernetesObject, than owner: KubernetesObject) -> Bool {
        object.ownerReferences.contains { reference in
            guard reference.uid != owner.uid, let other = self.owner(reference, of: object) else { return false }
            return !other.isBeingDeleted
        }
    }
}
