package import KubernetesAPI

/// Decides which objects go because of what happened to others: those they are owned by, and their namespace.
///
/// 1. An object with owners goes when every one of them is gone; links to owners that are gone leave the others.
/// 2. An owner deleted in the foreground stays until no dependent that blocks it is left; its dependents go first.
/// 3. An owner deleted with orphaning stays until no dependent links to it; its dependents stay.
/// 4. A namespace stays until it is empty; what it holds goes first.
/// 5. An owner counts by UID, and only where it could be one: cluster-scoped or in the dependent's namespace.
package enum GarbageCollection {
    /// One thing to do.
    package enum Step: Sendable, Hashable {
        /// Delete an object, in the foreground where that is said, else in the background.
        case delete(KubernetesObject, inForeground: Bool)
        /// Take the link to an owner off an object.
        case removeOwner(uid: String, from: KubernetesObject)
        /// Take a finalizer off an object, after the other steps about it.
        case removeFinalizer(String, from: KubernetesObject)
        /// Take `kubernetes` off `spec.finalizers` of a namespace that is empty.
        case finishNamespace(KubernetesObject)
    }

    /// What a client asks for about the dependents of what it deletes.
    package enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"

        /// The finalizer a deletion of this kind puts on its object; nil for none.
        package var finalizer: String? {
            switch self {
            case .background: nil
            case .foreground: GarbageCollection.foregroundFinalizer
            case .orphan: GarbageCollection.orphanFinalizer
            }
        }
    }

    package static let foregroundFinalizer = "foregroundDeletion"
    package static let orphanFinalizer = "orphan"

    /// Everything there is to do now; once it is done, and objects have gone, ask again. None when all is settled.
    package static func steps(objects: some Sequence<KubernetesObject>) -> [Step] {
        let all = Array(objects)
        let graph = OwnerGraph(all)
        return all.flatMap { object in
            ownerSteps(object, graph) + dependentSteps(object, graph) + namespaceSteps(object, graph)
        }
    }

    /// The objects whose owners are all gone and that are not being deleted yet.
    package static func collectable(objects: some Sequence<KubernetesObject>) -> [KubernetesObject] {
        let all = Array(objects)
        let graph = OwnerGraph(all)
        return all.filter { !$0.isBeingDeleted && graph.lostAllOwners($0) }
    }

    /// Rules 2 and 3, for an object that is being deleted.
    private static func ownerSteps(_ owner: KubernetesObject, _ graph: OwnerGraph) -> [Step] {
        guard owner.isBeingDeleted else { return [] }
        let dependents = graph.dependents(of: owner)
        if owner.finalizers.contains(orphanFinalizer) {
            return dependents.map { .removeOwner(uid: owner.uid, from: $0) }
                + [.removeFinalizer(orphanFinalizer, from: owner)]
        }
        guard owner.finalizers.contains(foregroundFinalizer) else { return [] }
        let isBlocked = dependents.contains { dependent in
            dependent.ownerReferences.contains { $0.uid == owner.uid && $0.blocksOwnerDeletion }
        }
        let deletions = dependents.filter { !$0.isBeingDeleted && !graph.hasOtherOwner($0, than: owner) }
            .map { Step.delete($0, inForeground: true) }
        return isBlocked ? deletions : deletions + [.removeFinalizer(foregroundFinalizer, from: owner)]
    }

    /// Rule 1.
    private static func dependentSteps(_ object: KubernetesObject, _ graph: OwnerGraph) -> [Step] {
        guard !object.isBeingDeleted, !object.ownerReferences.isEmpty else { return [] }
        if graph.lostAllOwners(object) { return [.delete(object, inForeground: false)] }
        return object.ownerReferences.filter { graph.owner($0, of: object) == nil }
            .map { .removeOwner(uid: $0.uid, from: object) }
    }

    /// Rule 4.
    private static func namespaceSteps(_ namespace: KubernetesObject, _ graph: OwnerGraph) -> [Step] {
        guard namespace.kind == "Namespace", namespace.apiVersion == "v1", namespace.isBeingDeleted else { return [] }
        let content = graph.content(ofNamespace: namespace.name)
        if content.isEmpty { return [.finishNamespace(namespace)] }
        return content.filter { !$0.isBeingDeleted }.map { .delete($0, inForeground: false) }
    }
}
