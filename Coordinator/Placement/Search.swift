/// A search for nodes for pods that have to fit at once.
///
/// Pods go in a fixed order, largest first; each tries the nodes in order of preference and the search goes back where
/// a later pod finds none. States that failed once are not entered again, whichever equal nodes led there.
///
/// 1. `free` never falls below zero of a resource that a placed pod asks for.
/// 2. Within `stepsMax` steps the answer is exact: none found means none exists.
struct Search {
    /// Nodes tried for pods, over the whole search. Beyond it the gang is refused and the refusal says so.
    static let stepsMax = 4_096

    private let items: [Item]
    private let preference: Preference
    private var free: [Resources]
    /// The node of each item placed so far.
    private var placed: [Int] = []
    private var steps = 0
    private let stepLimit: Int
    private var failed: FailedStates
    /// The first pod that found no node.
    private(set) var deadEnd: DeadEnd?

    var isCut: Bool { steps >= stepLimit }

    /// One pod of the search.
    struct Item {
        var pod: PodDemand
        var subGang: Int
        /// Whether its constraints allow each node.
        var allowed: [Bool]
    }

    /// Where the search first failed.
    struct DeadEnd {
        var item: Int
        var free: [Resources]
    }

    init(_ items: [Item], _ space: FreeSpace, gang: Gang, subGangNodes: [Set<String>], stepLimit: Int = stepsMax) {
        self.items = items
        self.stepLimit = stepLimit
        free = space.free
        preference = Preference(items: items, space: space, gang: gang, subGangNodes: subGangNodes)
        failed = FailedStates(items: items, nodes: space.nodes.count)
    }

    /// The node of each item, or nil where none were found.
    mutating func run() -> [Int]? {
        if exceedsTotal() {
            descendToDeadEnd()
            return nil
        }
        return place() ? placed : nil
    }

    private mutating func place() -> Bool {
        let item = placed.count
        guard item < items.count else { return true }
        if failed.contains(free, depth: item) { return false }
        let candidates = preference.candidates(for: item, placed: placed, free: free)
        if candidates.isEmpty, deadEnd == nil { deadEnd = DeadEnd(item: item, free: free) }
        var tried: Set<[Int]> = []
        for node in candidates {
            guard steps < stepLimit else { return false }
            guard tried.insert(failed.signature(of: node, free: free)).inserted else { continue }
            steps += 1
            free[node] -= items[item].pod.requests
            placed.append(node)
            if place() { return true }
            placed.removeLast()
            free[node] += items[item].pod.requests
        }
        if steps < stepLimit { failed.insert(free, depth: item) }
        return false
    }

    /// More is asked for than all nodes have left together; no arrangement can help.
    private func exceedsTotal() -> Bool {
        var need = Resources()
        for item in items { need += item.pod.requests }
        return need.milli.keys.contains { resource in
            let left = free.reduce(Int64(0)) { sum, node in
                let (total, overflow) = sum.addingReportingOverflow(max(0, node[resource]))
                return overflow ? .max : total
            }
            return need[resource] > left
        }
    }

    /// Places as far as it goes, only to say what is missing.
    private mutating func descendToDeadEnd() {
        while placed.count < items.count {
            guard let node = preference.candidates(for: placed.count, placed: placed, free: free).first else {
                deadEnd = DeadEnd(item: placed.count, free: free)
                return
            }
            free[node] -= items[placed.count].pod.requests
            placed.append(node)
        }
    }
}
