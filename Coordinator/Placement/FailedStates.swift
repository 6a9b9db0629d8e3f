/// States of a search that are known to lead nowhere.
///
/// A state is the depth, the domain the sub-gang in work is confined to and, for every node, its kind (which pods and
/// which domains it allows) and what is left on it; nodes of the same kind with the same left over are
/// interchangeable, so a state is kept as a sorted list.
struct FailedStates {
    private let kinds: [Int]
    private var numbers: [[Int64]: Int] = [:]
    private var states: Set<[Int]> = []

    /// `telling` holds for each node what tells it from others: equal lists, equal nodes.
    init(telling: [[Int]]) {
        var known: [[Int]: Int] = [:]
        kinds = telling.map { list in
            let next = known.count
            return known[list]
                ?? {
                    known[list] = next
                    return next
                }()
        }
    }

    /// Equal for nodes that are interchangeable.
    mutating func signature(of node: Int, _ room: Room) -> Int { kinds[node] << 32 | number(of: room.row(node)) }

    mutating func contains(_ room: Room, depth: Int, domain: Int) -> Bool {
        // Most searches never fail once: they should not pay for the comparison.
        states.isEmpty ? false : states.contains(state(room, depth, domain))
    }

    mutating func insert(_ room: Room, depth: Int, domain: Int) { states.insert(state(room, depth, domain)) }

    private mutating func state(_ room: Room, _ depth: Int, _ domain: Int) -> [Int] {
        var list = kinds.indices.map { signature(of: $0, room) }
        list.sort()
        list.append(depth)
        list.append(domain)
        return list
    }

    private mutating func number(of row: ArraySlice<Int64>) -> Int {
        let row = Array(row)
        if let known = numbers[row] { return known }
        numbers[row] = numbers.count
        return numbers.count - 1
    }
}
