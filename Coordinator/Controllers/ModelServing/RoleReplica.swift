import ServingAPI

/// The pods that exist of one role replica.
struct RoleReplica: Sendable {
    let id: RoleReplicaID
    /// By index, ascending: 0 is the entry.
    let pods: [ServingPod]
    /// The revision its pods were made from; of several the one of the lowest index counts.
    let revision: String?
    /// Made from another template than its role has now.
    let isOutdated: Bool
    /// The role's partition keeps it at its revision.
    let isProtected: Bool
    /// All of its pods are there and ready.
    let isRunning: Bool

    var living: [ServingPod] { pods.filter { !$0.isDeleting } }
    /// Every pod of it is on its way out.
    var isDeleting: Bool { pods.allSatisfy(\.isDeleting) }
    /// Some pods are on their way out and some are not.
    var isBroken: Bool { !isDeleting && pods.contains(where: \.isDeleting) }

    /// The summed cost of deleting its pods.
    var deletionCost: Int { pods.reduce(0) { $0.addingReportingOverflow($1.deletionCost).partialValue } }

    func has(_ index: Int) -> Bool { pods.contains { $0.identity.index == index } }
}
