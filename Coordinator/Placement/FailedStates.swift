/// States of a search that are known to lead nowhere.
///
/// A state is the depth and, for every node, its kind (which pods it allows) and what is left on it; nodes of the same
/// kind with the same left over are interchangeable, so a state is kept as a sorted list.
struct FailedStates {
    private let kinds: [Int]
    private var numbers: [Resources: Int] = [:]
    private var states: Set<[Int]> = []

    init(items: [Search.Item], nodes: Int) {
        var known: [[Bool]: Int] = [:]
        let rows = Array(Set(items.map(\.allowed)))
        kinds = (0..<nodes).map { node in
            let column = rows.map { $0[node] }
            let next = known.count
            return known[column]
                ?? {
                    known[column] = next
                    return next
                }()
        }
    }

    /// Equal for nodes that are interchangeable.
    mutating func signature(of node: Int, free: [Resources]) -> [Int] { [kinds[node], number(of: free[node])] }

    mutating func contains(_ free: [Resources], depth: Int) -> Bool {
        // Most searches never fail once: they should not pay for the comparison.
        states.isEmpty ? false : states.contains(state(free, depth))
    }

    mutating func insert(_ free: [Resources], depth: Int) { states.insert(state(free, depth)) }

    private mutating func state(_ free: [Resources], _ depth: Int) -> [Int] {
        var list = free.indices.map { kinds[$0] << 32 | number(of: free[$0]) }
        list.sort()
        list.append(depth)
        return list
    }

    private mutating func number(of resources: Resources) -> Int {
        if let known = numbers[resources] { return known }
        numbers[resources] = numbers.count
        return numbers.count - 1
    }
}
