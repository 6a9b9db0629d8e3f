import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Compares what one reconciliation did with what it might have done, by the numbered invariants of
/// ServingHistoryTests.
struct Verdict {
    let wish: Wish
    let before: Picture
    let after: Picture
    let lost: Set<PodIdentity>
    let now: Timestamp
    let seed: Int

    /// Pods whose deletion this reconciliation asked for.
    private var deleted: [Picture.PodView] {
        let living = Set(after.living.map(\.uid))
        return before.living.filter { !living.contains($0.uid) }
    }

    func check() {
        checkPlaces()
        let deleted = deleted
        guard !deleted.isEmpty else { return }
        checkReasons(deleted)
        if wish.rollsRoles { checkRoleBudgets() } else { checkGroupBudget() }
        checkProtected(deleted)
    }

    /// Invariant 2.
    private func checkPlaces() {
        let groupsMax = Wish.groupsMax + max(2, wish.surge)
        for pod in after.pods {
            let replica = pod.identity.replica
            let isPossible =
                replica.group < groupsMax && replica.index < Wish.roleReplicasMax
                && pod.identity.index <= Wish.workersMax && Wish.names.contains(replica.role)
            #expect(isPossible, "seed \(seed): \(pod.identity) belongs nowhere")
        }
    }

    /// Invariant 3, for whole groups.
    private func checkGroupBudget() {
        let floor = wish.replicas - (countsOnDevices ? 0 : wish.groupLimit)
        let were = before.surelyUp(wish, lost: lost).count
        let are = after.perhapsUp.count
        #expect(are >= min(were, floor), "seed \(seed): \(were) groups were up, \(are) are, \(floor) are wanted")
    }

    /// A surge is on and no group has waited for nodes too long.
    private var countsOnDevices: Bool {
        guard wish.surge > 0 else { return false }
        return !before.living.contains { pod in pod.waitsSince.map { now - $0 >= .seconds(30) } ?? false }
    }

    /// Invariant 3, for the replicas of each role in each group.
    private func checkRoleBudgets() {
        let (were, are) = (before.readyReplicas, after.readyReplicas)
        for group in before.livingGroups.intersection(after.livingGroups) {
            for role in wish.roles {
                let limit = max(1, min(role.maxUnavailable ?? 1, role.replicas))
                let count = { (replicas: Set<RoleReplicaID>) in
                    replicas.count { $0.group == group && $0.role == role.name }
                }
                let floor = min(count(were), role.replicas - limit)
                #expect(count(are) >= floor, "seed \(seed): group \(group) role \(role.name) is below its budget")
            }
        }
    }

    /// Invariant 4.
    private func checkProtected(_ deleted: [Picture.PodView]) {
        let up = before.surelyUp(wish, lost: lost)
        let base = before.groups.filter { $0 < wish.replicas || !isSurge($0) }.sorted()
        let gone = Set(deleted.map(\.identity.replica.group)).subtracting(after.livingGroups)
        let kept = base.filter { after.livingGroups.contains($0) }
        for group in gone where up.contains(group) && base.count <= wish.replicas {
            let rank = base.firstIndex(of: group) ?? base.count
            #expect(
                rank >= wish.groupPartition || base.count < wish.replicas,
                "seed \(seed): group \(group) is protected; \(kept) stay")
        }
        let ready = before.readyReplicas
        for replica in Set(deleted.map(\.identity.replica)) where wish.rollsRoles && ready.contains(replica) {
            guard let role = wish.role(replica.role), let partition = role.partition,
                after.livingGroups.contains(replica.group), !isDisturbed(replica.group)
            else { continue }
            let there = Set(before.pods.map(\.identity.replica)).filter {
                $0.group == replica.group && $0.role == replica.role
            }.sorted()
            guard there.count == role.replicas, let rank = there.firstIndex(of: replica) else { continue }
            #expect(rank >= partition, "seed \(seed): \(replica) is protected")
        }
    }

    private func isSurge(_ group: Int) -> Bool {
        before.pods.contains { $0.identity.replica.group == group && $0.isSurge }
    }

    /// Something of it has failed, is on its way out, or is missing.
    private func isDisturbed(_ group: Int) -> Bool {
        wish.roles.contains { role in
            let pods = before.living(group).filter { $0.identity.replica.role == role.name }
            return pods.count < role.replicas * (1 + role.workers)
        } || lost.contains { $0.replica.group == group }
            || before.pods.contains { $0.identity.replica.group == group && ($0.isTroubled || $0.isDeleting) }
    }

    /// Invariant 5.
    private func checkReasons(_ deleted: [Picture.PodView]) {
        let isCurrent = before.living.allSatisfy { pod in
            wish.role(pod.identity.replica.role).map { role in
                pod.version == "v\(role.version)" && pod.size == role.workers + 1
            } ?? false
        }
        let counts = Dictionary(grouping: before.livingReplicas) { "\($0.group) \($0.role)" }
        let isFitting =
            before.livingGroups.count <= wish.replicas
            && counts.values.allSatisfy { $0.count <= wish.role($0[0].role)?.replicas ?? 0 }
        // A group that lacks a role of the spec may be of a revision without it.
        let isComplete = wish.roles.allSatisfy { role in
            role.replicas > 0 && before.livingGroups.allSatisfy { counts["\($0) \(role.name)"] != nil }
        }
        guard isCurrent, isFitting, isComplete, !before.pods.contains(where: \.isSurge) else { return }
        for pod in deleted {
            #expect(wish.policy != .none, "seed \(seed): \(pod.identity) was deleted without cause")
            #expect(isDisturbed(pod.identity.replica.group), "seed \(seed): \(pod.identity) was well")
        }
    }
}
