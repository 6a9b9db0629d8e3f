import KubernetesAPI
import ServingAPI

/// What exists of one ServingGroup, and what it should consist of.
struct ServingGroup: Sendable {
    let index: Int
    /// In order of role and ordinal.
    let replicas: [RoleReplica]
    /// The revision of what was made from another template than the spec has now, the latest of several; nil where
    /// nothing was.
    let outdatedRevision: String?
    /// The partition keeps it at its revision.
    let isProtected: Bool
    /// The rollout will replace it as a whole: its roles are not scaled before.
    let isToBeReplaced: Bool
    /// It stands beyond `replicas` for the time of a rollout.
    let isSurge: Bool
    /// What its missing parts are made of, unless their role's partition says otherwise.
    let blueprint: Blueprint
    /// The roles it should have, each with the replicas it should have now.
    let shape: [(role: Role, wanted: Int)]
    /// Every role has all of its replicas, each with all of its pods ready.
    let isRunning: Bool

    var isOutdated: Bool { outdatedRevision != nil }
    var isDeleting: Bool { replicas.allSatisfy(\.isDeleting) }
    var deletionCost: Int { replicas.reduce(0) { $0.addingReportingOverflow($1.deletionCost).partialValue } }
    /// Some role replica is to be replaced by a rollout of roles.
    var hasRolesToReplace: Bool { replicas.contains { $0.isOutdated && !$0.isProtected && !$0.isDeleting } }

    /// Every role has as many running replicas as it should, or more: one that is still too large is no worse a group.
    var serves: Bool {
        !isDeleting
            && shape.allSatisfy { role, wanted in
                replicas(of: role.name).filter { !$0.isDeleting && $0.isRunning }.count >= wanted
            }
    }

    func replicas(of role: String) -> [RoleReplica] { replicas.filter { $0.id.role == role } }

    /// Since when a pod of it waits for a node, the longest wait; nil where none waits.
    var waitsSince: Timestamp? {
        replicas.lazy.flatMap(\.pods).filter { !$0.isDeleting }.compactMap(\.waitsSince).min()
    }
}
