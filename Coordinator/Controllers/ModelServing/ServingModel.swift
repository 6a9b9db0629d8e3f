import KubernetesAPI
import ServingAPI

/// A ModelServing and what exists of it, in the terms of its spec: groups, role replicas, revisions.
struct ServingModel: Sendable {
    let serving: ModelServing
    /// The status as it was last written.
    let status: ModelServingStatus
    let book: RevisionBook
    /// Groups of which any pod exists, by ordinal, ascending.
    let ordered: [ServingGroup]
    /// The ordinals of those that count towards `replicas`: all but the surge of a rollout.
    let ordinals: OrdinalSet

    init(_ observation: ServingObservation) {
        serving = observation.serving
        status = observation.status
        book = observation.book
        let pods = Dictionary(grouping: observation.pods) { $0.identity.replica.group }
        let wanted = max(0, serving.spec.replicas)
        let base = pods.filter { index, pods in index < wanted || !pods.contains(where: \.isSurge) }
        ordinals = OrdinalSet(base.keys, wanted: wanted)
        let maker = GroupMaker(serving: serving, book: book, ordinals: ordinals)
        ordered = pods.sorted { $0.key < $1.key }.map { maker.group($0, $1, isSurge: base[$0] == nil) }
    }

    var update: Blueprint { book.update }
    var replicas: Int { ordinals.wanted }
    var rollsGroups: Bool { serving.spec.rolloutStrategy.kind == .servingGroup }
    /// Groups that count towards `replicas`.
    var base: [ServingGroup] { ordered.filter { !$0.isSurge } }
    /// Groups beyond `replicas` for the time of a rollout.
    var surge: [ServingGroup] { ordered.filter(\.isSurge) }

    /// Groups that are there without any pod, for no role has replicas.
    var podless: Int { update.roles.allSatisfy { $0.replicas <= 0 } ? ordinals.missingCount : 0 }

    /// Groups, counted from the lowest ordinal, that stay at their revision.
    var partition: Int { serving.groupPartition }

    /// A partition keeps something at its revision.
    var hasPartition: Bool {
        rollsGroups
            ? serving.spec.rolloutStrategy.partition != nil : update.roles.contains { serving.partition(of: $0) > 0 }
    }

    /// A place that a partition protects is empty.
    var lacksProtected: Bool {
        if rollsGroups { return ordinals.missing(limit: 1).contains { $0 < partition } }
        guard hasPartition else { return false }
        if ordinals.missingCount > 0 { return true }
        return ordered.contains { group in
            group.shape.contains { role, wanted in
                let existing = OrdinalSet(group.replicas(of: role.name).map(\.id.index), wanted: wanted)
                return existing.missing(limit: 1).contains { $0 < serving.partition(of: role) }
            }
        }
    }

    /// Groups that a rollout may take down, at least one of any share that is not 0: `replicas` may have shrunk since
    /// the share was checked.
    var maxUnavailable: Int {
        let strategy = serving.spec.rolloutStrategy
        return ServingModel.resolved(strategy.maxUnavailable, of: replicas)
    }

    /// Groups that a rollout may add for its time; without pods they would stand in for none.
    var maxSurge: Int {
        guard rollsGroups, update.roles.contains(where: { $0.replicas > 0 }) else { return 0 }
        return serving.spec.rolloutStrategy.maxSurge?.resolved(of: replicas, rounding: .up) ?? 0
    }

    /// What protected places are made of when they are made anew.
    var historical: Blueprint { book.blueprint(status.currentRevision) ?? update }

    /// What the pods of a role replica are made of that exists already, or in a group that exists.
    func blueprint(of replica: RoleReplica, in group: ServingGroup) -> Blueprint {
        if let own = replica.revision.flatMap({ book.blueprint($0) }), own.role(named: replica.id.role) != nil {
            return own
        }
        return replica.isOutdated ? group.blueprint : update
    }

    /// What a missing group is to be made of where whole groups roll. Behind the partition that is what it was, unless
    /// the spec has no replicas of any role that it had.
    func blueprintOfNewGroup(_ ordinal: Int) -> Blueprint {
        guard ordinal < partition else { return update }
        let hasPods = historical.roles.contains { (update.role(named: $0.name)?.replicas ?? $0.replicas) > 0 }
        return hasPods ? historical : update
    }

    /// What a role replica is to be made of where none is; `group` is nil where the whole group is missing.
    func blueprintOfNew(_ role: Role, _ id: RoleReplicaID, in group: ServingGroup?) -> Blueprint {
        guard rollsGroups else {
            let isProtected = id.index < serving.partition(of: update.role(named: role.name) ?? role)
            return isProtected && historical.role(named: role.name) != nil ? historical : update
        }
        return group?.blueprint ?? blueprintOfNewGroup(id.group)
    }

    /// The share of a whole that may be down; a share of few is at least one.
    static func resolved(_ limit: IntOrPercent, of total: Int) -> Int {
        let count = limit.resolved(of: total, rounding: .down)
        if case .percent(let share) = limit, share > 0 { return max(1, count) }
        return count
    }
}

extension ModelServing {
    /// Groups, counted from the lowest ordinal, that stay at their revision.
    var groupPartition: Int {
        guard spec.rolloutStrategy.kind == .servingGroup else { return 0 }
        return spec.rolloutStrategy.partition?.resolved(of: max(0, spec.replicas), rounding: .up) ?? 0
    }

    /// Replicas of a role, in each group, that stay at their revision.
    func partition(of role: Role) -> Int {
        guard spec.rolloutStrategy.kind == .role else { return 0 }
        return role.partition?.resolved(of: max(0, role.replicas), rounding: .up) ?? 0
    }
}
