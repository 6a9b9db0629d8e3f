package import JSONValues
package import KubernetesAPI

/// One write that brings a ModelServing closer to its spec. Each may be repeated without harm.
package enum ServingAction: Sendable, Hashable {
    case createRevision(KubernetesObject)
    /// Deletes exactly the pod with this UID.
    case deletePod(name: String, uid: String)
    case deleteService(name: String, uid: String)
    case createService(KubernetesObject)
    /// Pods of a group whose PodGroup cannot be created yet wait with it.
    case createPodGroup(KubernetesObject)
    /// Changes exactly the PodGroup that was seen.
    case updatePodGroup(KubernetesObject, patch: JSONValue)
    case deletePodGroup(name: String, uid: String)
    case createPod(KubernetesObject)
    /// Forgets a revision that no group is at any more.
    case deleteRevision(name: String, uid: String)
}

/// What to do now, and when to look again.
package struct ServingPlan: Sendable {
    /// In the order in which they are to be applied.
    package var actions: [ServingAction] = []
    /// When something falls due that no event announces; nil where nothing will.
    package var wakeAfter: Duration?
    /// UIDs of pods whose end this plan has dealt with.
    package var settled: Set<String> = []
}
