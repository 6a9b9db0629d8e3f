/// How many engines of a target may be left out because they failed.
///
/// Where more than that have failed, the fault is hardly that of the engines: then none is left out for it, and costs
/// decide among all of them. Engines of one role count by themselves, for one role cannot stand in for another.
package struct EjectionLimit: Sendable, Hashable {
    /// Share, 0...1, of the engines of a role. One at least stays, and of two or more one at least may be left out.
    package var share = 0.9

    package init() {}

    /// The most of `count` engines that may be left out.
    package func most(of count: Int) -> Int {
        count < 2 ? 0 : min(count - 1, max(1, Int(share * Double(count))))
    }

    /// Takes ejections back where there are too many of them; whether there were.
    @discardableResult package func apply(to readings: inout [EngineReading], of plan: TargetPlan) -> Bool {
        guard readings.contains(where: { $0.flags.contains(.ejected) }) else { return false }
        var isTooMany = false
        for role in [Endpoint.Role.none, .prefill, .decode] {
            var count = 0
            var ejected = 0
            for place in readings.indices where plan.roles[place] == role {
                count += 1
                if readings[place].flags.contains(.ejected) { ejected += 1 }
            }
            guard ejected > most(of: count) else { continue }
            isTooMany = true
            for place in readings.indices where plan.roles[place] == role {
                if readings[place].flags.remove(.ejected) != nil { readings[place].flags.insert(.spared) }
            }
        }
        return isTooMany
    }
}
