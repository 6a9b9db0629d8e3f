/// In which order units (groups, or replicas of a role) leave when there are too many.
enum VictimOrder {
    struct Unit {
        var ordinal: Int
        var isRunning: Bool
        var deletionCost: Int
    }

    /// The ordinals to delete, first to go first: unprotected before protected, not running before running, cheap
    /// before dear, high ordinals before low. Protected are the first `protected` units by ordinal.
    static func victims(_ units: [Unit], count: Int, protected: Int) -> [Int] {
        let sorted = units.sorted { $0.ordinal < $1.ordinal }
        let ranked = sorted.enumerated().map { position, unit in
            (isProtected: position < protected ? 1 : 0, isRunning: unit.isRunning ? 1 : 0, unit: unit)
        }
        let order = ranked.sorted { left, right in
            (left.isProtected, left.isRunning, left.unit.deletionCost, right.unit.ordinal)
                < (right.isProtected, right.isRunning, right.unit.deletionCost, left.unit.ordinal)
        }
        return order.prefix(max(0, count)).map(\.unit.ordinal)
    }
}
