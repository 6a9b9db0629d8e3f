/// How many units (groups, or replicas of a role in one group) a rollout may take down now.
///
/// 1. Taking a running unit never leaves fewer than `wanted - maxUnavailable` running, whatever else is down.
/// 2. Units down for the rollout's sake (going, missing, new ones that do not run yet) never exceed maxUnavailable,
///    not even with units that did not run before.
struct RolloutBudget {
    var wanted: Int
    /// Units that may be down.
    var maxUnavailable: Int
    /// Units that stay: neither on their way out nor about to be.
    var living: Int
    /// Those of them that run.
    var running: Int
    /// New ones among them that do not run yet and are not behind the partition.
    var starting: Int
    /// Running units beyond those wanted, which stand in for others.
    var surge = 0

    private var floor: Int { max(0, wanted - maxUnavailable) }

    /// Units to take of all that are outdated.
    var total: Int { living + surge - floor - starting }

    /// Running units to take at most.
    var runningTotal: Int { running + surge - floor }

    /// The units to take: those that do not run first, so that a broken old revision never blocks its own replacement;
    /// of each the highest ordinals first.
    func victims(_ outdated: [(ordinal: Int, isRunning: Bool)]) -> [Int] {
        let order = outdated.sorted { left, right in
            left.isRunning == right.isRunning ? left.ordinal > right.ordinal : right.isRunning
        }
        var (left, runningLeft) = (total, runningTotal)
        var victims: [Int] = []
        for unit in order where left > 0 && (!unit.isRunning || runningLeft > 0) {
            victims.append(unit.ordinal)
            left -= 1
            if unit.isRunning { runningLeft -= 1 }
        }
        return victims
    }
}
