import ServingAPI

/// How groups of an old revision make room for the new one.
extension ServingPlanner {
    /// Dooms outdated groups as far as the budget goes; the next plans create them anew at the same ordinals.
    ///
    /// Down already count: groups on their way out, groups that are missing, and new ones that do not run yet. Outdated
    /// groups that do not run go first, so that a broken old revision never blocks its own replacement.
    mutating func rollGroups() {
        guard model.serving.spec.rolloutStrategy.kind == .servingGroup else { return }
        let eligible = model.ordered.dropFirst(model.partition)
        let outdated = eligible.filter { model.isOutdated($0) && !isGoing($0) }
        guard !outdated.isEmpty else { return }
        let starting = eligible.filter { !isGoing($0) && !model.isOutdated($0) && !model.isRunning($0) }.count
        let going = model.groups.values.filter { isGoing($0) }.count
        let missing = max(0, model.replicas - model.groups.count)
        let budget = model.maxUnavailable - starting - going - missing
        let order = outdated.sorted { left, right in
            let (leftRuns, rightRuns) = (model.isRunning(left), model.isRunning(right))
            return leftRuns == rightRuns ? left.index > right.index : rightRuns
        }
        doomedGroups.formUnion(order.prefix(max(0, budget)).map(\.index))
    }
}
