import ServingAPI

/// Works out from the pods of a group what it is and what it should be.
struct GroupMaker {
    let serving: ModelServing
    let book: RevisionBook
    /// Of the groups that count towards `replicas`.
    let ordinals: OrdinalSet

    private var rollsGroups: Bool { serving.spec.rolloutStrategy.kind == .servingGroup }

    func group(_ index: Int, _ pods: [ServingPod], isSurge: Bool) -> ServingGroup {
        let replicas = replicas(pods)
        let living = replicas.filter { !$0.isDeleting }
        // A group that is going as a whole is judged by all it has left.
        let judged = living.isEmpty ? replicas : living
        let revision = revision(judged)
        let isProtected = !isSurge && ordinals.rank(of: index) < serving.groupPartition
        let isToBeReplaced = rollsGroups && revision != nil && !isProtected
        let blueprint = rollsGroups ? revision.flatMap { book.blueprint($0) } ?? book.update : book.update
        let shape = blueprint.roles.map { role in
            (role: role, wanted: wanted(role, of: living, isToBeReplaced: isToBeReplaced))
        }
        let isRunning =
            !living.isEmpty
            && shape.allSatisfy { role, wanted in
                let there = living.filter { $0.id.role == role.name }
                let isWhole = isToBeReplaced ? there.count >= wanted : there.count == wanted
                return isWhole && there.allSatisfy(\.isRunning)
            }
        return ServingGroup(
            index: index, replicas: replicas, outdatedRevision: revision, isProtected: isProtected,
            isToBeReplaced: isToBeReplaced, isSurge: isSurge, blueprint: blueprint, shape: shape, isRunning: isRunning)
    }

    private func replicas(_ pods: [ServingPod]) -> [RoleReplica] {
        let byID = Dictionary(grouping: pods, by: \.identity.replica).sorted { $0.key < $1.key }
        var ranks: [String: OrdinalSet] = [:]
        if !rollsGroups {
            for (role, ids) in Dictionary(grouping: byID.map(\.key), by: \.role) {
                ranks[role] = OrdinalSet(ids.map(\.index), wanted: book.update.role(named: role)?.replicas ?? 0)
            }
        }
        return byID.map { id, pods in replica(id, pods.sorted { $0.identity.index < $1.identity.index }, ranks[id.role])
        }
    }

    private func replica(_ id: RoleReplicaID, _ pods: [ServingPod], _ ordinals: OrdinalSet?) -> RoleReplica {
        let known = pods.first { $0.revision != nil }
        let isOutdated = book.isOutdated(
            role: id.role, revision: known?.revision, hash: known?.roleHash, groupsRoll: rollsGroups)
        let role = book.update.role(named: id.role)
        let own = known?.revision.flatMap { book.blueprint($0)?.role(named: id.role) } ?? role
        let size = own?.podsPerReplica ?? pods.count
        let isProtected =
            role.map { serving.partition(of: $0) }
            .map { partition in ordinals.map { $0.rank(of: id.index) < partition } ?? false } ?? false
        return RoleReplica(
            id: id, pods: pods, revision: known?.revision, isOutdated: isOutdated, isProtected: isProtected,
            isRunning: pods.filter { $0.identity.index < size && $0.isReady }.count == size)
    }

    /// The revision of a group that is outdated: the latest of those of its outdated parts. Nil for one that is not.
    ///
    /// Where whole groups roll, a group that lacks a role of the update is outdated too, unless parts of it are of the
    /// update: then its roles have rolled one by one, and the new one is on its way.
    private func revision(_ replicas: [RoleReplica]) -> String? {
        let outdated = replicas.filter(\.isOutdated).compactMap(\.revision)
        if !outdated.isEmpty { return latest(outdated) }
        let revisions = replicas.compactMap(\.revision)
        guard rollsGroups, !revisions.contains(book.update.revision), let revision = latest(revisions),
            let blueprint = book.blueprint(revision)
        else { return nil }
        let lacksRole = book.update.roles.contains { blueprint.role(named: $0.name) == nil }
        return lacksRole ? revision : nil
    }

    private func latest(_ revisions: [String]) -> String? {
        revisions.max { (book.number($0), $0) < (book.number($1), $1) }
    }

    private func wanted(_ role: Role, of living: [RoleReplica], isToBeReplaced: Bool) -> Int {
        let asked = max(0, book.update.role(named: role.name)?.replicas ?? role.replicas)
        guard isToBeReplaced else { return asked }
        let highest = living.filter { $0.id.role == role.name }.map { $0.id.index + 1 }.max() ?? 0
        return min(asked, max(role.replicas, highest))
    }
}
