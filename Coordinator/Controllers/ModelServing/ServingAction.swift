package import JSONValues
package import KubernetesAPI
import ServingAPI

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

    /// Actions of one phase do not depend on each other.
    enum Phase: Sendable {
        case revision
        case deletions
        /// What a group needs around its pods, before them.
        case surroundings
        case pods
        case forgetting
    }

    var phase: Phase {
        switch self {
        case .createRevision: .revision
        case .deletePod, .deleteService, .deletePodGroup: .deletions
        case .createService, .createPodGroup, .updatePodGroup: .surroundings
        case .createPod: .pods
        case .deleteRevision: .forgetting
        }
    }

    /// The name of the PodGroup it makes.
    var createdPodGroup: String? { if case .createPodGroup(let group) = self { group.name } else { nil } }

    /// The name of the PodGroup that the pod it makes belongs to.
    var podGroup: String? {
        if case .createPod(let pod) = self { pod.annotations[Keys.Annotation.podGroup] } else { nil }
    }
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
