import KubernetesAPI
import ServingAPI

/// How what is outdated makes room for the new revision.
extension ServingPlanner {
    /// How long a group may wait for nodes before a rollout no longer counts on devices being free.
    static let surgePatience = Duration.seconds(30)

    /// Dooms outdated groups as far as the budget goes, the next plans create them anew at the same ordinals; answers
    /// how many groups should stand beyond `replicas` meanwhile.
    ///
    /// With a surge no running group is taken before another runs in its stead, unless some group has waited for nodes
    /// for `surgePatience`, or a quota refused the surge: then room is not free and `maxUnavailable` counts. The surge
    /// goes when nothing outdated is left and what is to stay runs; what of it does not run also makes way for a group
    /// that waits.
    mutating func rollGroups() -> Int {
        let staying = model.base.filter { !isGoing($0) }
        let surge = model.surge.filter { !isGoing($0) }
        let outdated = staying.filter(\.isToBeReplaced)
        guard !outdated.isEmpty || !surge.isEmpty else { return 0 }
        let isHeldUp = model.maxSurge > 0 && (isSurgeRefused() || hasWaitedLong(staying))
        let lacksDevices = model.maxSurge > 0 && hasWaitedLong(surge) || isHeldUp
        var budget = RolloutBudget(
            wanted: model.replicas,
            maxUnavailable: model.maxSurge > 0 && !lacksDevices ? 0 : model.maxUnavailable,
            living: staying.count + model.podless, running: staying.filter(\.isRunning).count + model.podless,
            starting: staying.filter { !$0.isOutdated && !$0.isProtected && !$0.isRunning }.count,
            surge: surge.filter(\.isRunning).count)
        let victims = budget.victims(outdated.map { ($0.index, $0.isRunning) })
        doomedGroups.formUnion(victims)
        budget.running -= outdated.filter { $0.isRunning && victims.contains($0.index) }.count
        let wanted = min(model.maxSurge, outdated.count - victims.count)
        if isHeldUp { doomedGroups.formUnion(surge.filter { !$0.isRunning }.map(\.index)) }
        retire(surge.filter { !isGoing($0) }, wanted: wanted, budget)
        return lacksDevices ? 0 : wanted
    }

    /// Dooms surge groups that are too many, or outdated and not running: those that do not run first, running ones as
    /// far as enough others run.
    private mutating func retire(_ surge: [ServingGroup], wanted: Int, _ budget: RolloutBudget) {
        let useless = surge.filter { $0.isOutdated && !$0.isRunning }
        doomedGroups.formUnion(useless.map(\.index))
        let left = surge.filter { !doomedGroups.contains($0.index) }
        var excess = left.count - wanted
        var runningLeft = budget.runningTotal
        for group in left.sorted(by: { ($0.isRunning ? 1 : 0, -$0.index) < ($1.isRunning ? 1 : 0, -$1.index) }) {
            guard excess > 0, !group.isRunning || runningLeft > 0 else { return }
            doomedGroups.insert(group.index)
            excess -= 1
            if group.isRunning { runningLeft -= 1 }
        }
    }

    private mutating func isSurgeRefused() -> Bool {
        guard let until = observation.memory.surgeRefusedUntil, until > now else { return false }
        wake(after: until - now)
        return true
    }

    /// Some group that does not run has had a pod without a node for too long; asks to be woken where it soon will.
    private mutating func hasWaitedLong(_ groups: [ServingGroup]) -> Bool {
        var hasWaited = false
        for group in groups where !group.isRunning {
            guard let since = group.waitsSince else { continue }
            let left = ServingPlanner.surgePatience - (now - since)
            if left <= .zero { hasWaited = true } else { wake(after: left) }
        }
        return hasWaited
    }

    /// Creates surge groups at the lowest free ordinals from `replicas` on.
    mutating func createSurge(_ wanted: Int) {
        let taken = Set(model.ordered.map(\.index))
        var missing = wanted - model.surge.count
        var ordinal = model.replicas
        while missing > 0, !isFull {
            if !taken.contains(ordinal) {
                createGroup(ordinal, model.update, isSurge: true)
                missing -= 1
            }
            ordinal += 1
        }
    }

    /// Dooms outdated replicas of a role in a group as far as the role's budget goes, and all of a role that the spec
    /// no longer has.
    mutating func rollRoles(of group: ServingGroup) {
        for replica in group.replicas where model.update.role(named: replica.id.role) == nil {
            doomedReplicas.insert(replica.id)
        }
        for (role, wanted) in group.shape {
            let staying = group.replicas(of: role.name).filter { !isGoing($0) }
            let outdated = staying.filter { $0.isOutdated && !$0.isProtected }
            guard !outdated.isEmpty else { continue }
            let budget = RolloutBudget(
                wanted: wanted, maxUnavailable: ServingModel.resolved(role.maxUnavailable, of: wanted),
                living: staying.count, running: staying.filter(\.isRunning).count,
                starting: staying.filter { !$0.isOutdated && !$0.isProtected && !$0.isRunning }.count)
            for index in budget.victims(outdated.map { ($0.id.index, $0.isRunning) }) {
                doomedReplicas.insert(RoleReplicaID(group: group.index, role: role.name, index: index))
            }
        }
    }
}
