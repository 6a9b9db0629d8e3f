package import KubernetesAPI

/// One write that brings a ModelServing closer to its spec. Each may be repeated without harm.
package enum ServingAction: Sendable, Hashable {
    case createRevision(KubernetesObject)
    /// Deletes exactly the pod with this UID.
    case deletePod(name: String, uid: String)
    case deleteService(name: String, uid: String)
    case createService(KubernetesObject)
    case createPod(KubernetesObject)
    /// Forgets a revision that no group is at any more.
    case deleteRevision(name: String, uid: String)

    /// Actions of one stage may be applied side by side.
    private var stage: Int {
        switch self {
        case .createRevision: 0
        case .deletePod, .deleteService: 1
        case .createService: 2
        case .createPod: 3
        case .deleteRevision: 4
        }
    }

    /// Runs of neighbours that may be applied side by side, in the order of the actions.
    static func stages(_ actions: [ServingAction]) -> [[ServingAction]] {
        actions.reduce(into: []) { stages, action in
            if stages.last?.last?.stage == action.stage {
                stages[stages.count - 1].append(action)
            } else {
                stages.append([action])
            }
        }
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
