import KubernetesAPI
import ServingAPI

/// The pods that exist of one role replica.
struct RoleReplica: Sendable {
    let id: RoleReplicaID
    /// By index: 0 is the entry.
    var pods: [Int: Pod]

    var ordered: [Pod] { pods.sorted { $0.key < $1.key }.map(\.value) }
    var living: [Pod] { ordered.filter { !$0.object.isBeingDeleted } }
    /// Every pod of it is on its way out.
    var isDeleting: Bool { living.isEmpty }
    /// Some pods are on their way out and some are not.
    var isBroken: Bool { !living.isEmpty && living.count < pods.count }

    /// The revision its pods were made from; of several the one of the entry counts.
    var revision: String? { ordered.lazy.compactMap { $0.object.labels[Keys.Label.revision] }.first }

    /// The summed cost of deleting its pods; what is no number counts as 0.
    var deletionCost: Int {
        pods.values.reduce(0) { sum, pod in
            let cost = pod.object.annotations[Keys.Annotation.podDeletionCost].flatMap { Int($0) } ?? 0
            return sum.addingReportingOverflow(cost).partialValue
        }
    }

    func isRunning(size: Int) -> Bool { (0..<size).allSatisfy { pods[$0]?.isReady == true } }
}

/// The role replicas that exist of one ServingGroup.
struct ServingGroup: Sendable {
    let index: Int
    var replicas: [RoleReplicaID: RoleReplica]

    var ordered: [RoleReplica] { replicas.sorted { $0.key < $1.key }.map(\.value) }
    var isDeleting: Bool { replicas.values.allSatisfy(\.isDeleting) }
    var deletionCost: Int { replicas.values.reduce(0) { $0.addingReportingOverflow($1.deletionCost).partialValue } }

    func replicas(of role: String) -> [RoleReplica] { ordered.filter { $0.id.role == role } }
}
