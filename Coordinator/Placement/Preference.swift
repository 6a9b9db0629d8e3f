/// In which order a pod tries the nodes that take it.
///
/// First a node that has pods of its role replica, then one that can hold all the rest of the replica, then the same
/// two for the gang, then, for a pod that asks for no devices, the one with the fewest pods of the family, then the one
/// with the least left over, then by name. Device pods of one family share nodes: whole free nodes are what the next
/// large gang needs.
struct Preference {
    private let items: [Search.Item]
    private let names: [String]
    private let family: [Int]
    private let total: Resources
    private let gangNodes: [Bool]
    private let subGangNodes: [[Bool]]
    /// What item `i` and the items after it ask for, in its sub-gang and in the gang, and whether a node allows all.
    private let restOfSubGang: [Rest]
    private let restOfGang: [Rest]

    private struct Rest {
        var requests: Resources
        var allowed: [Bool]
    }

    private struct Rank: Comparable {
        var misses: UInt8
        var family: Int
        var left: Double
        var node: Int

        static func < (left: Rank, right: Rank) -> Bool {
            (left.misses, left.family, left.left, left.node) < (right.misses, right.family, right.left, right.node)
        }
    }

    init(items: [Search.Item], space: FreeSpace, gang: Gang, subGangNodes: [Set<String>]) {
        self.items = items
        names = space.nodes.map(\.name)
        family = space.familyPods.map { $0[gang.family] ?? 0 }
        total = space.total
        gangNodes = space.nodes.map { gang.nodes.contains($0.name) }
        self.subGangNodes = subGangNodes.map { nodes in space.nodes.map { nodes.contains($0.name) } }
        restOfGang = Preference.rests(items, nodes: names.count) { _, _ in true }
        restOfSubGang = Preference.rests(items, nodes: names.count) { $0.subGang == $1.subGang }
    }

    /// Nodes that take an item now, best first.
    func candidates(for item: Int, placed: [Int], free: [Resources]) -> [Int] {
        let subGang = items[item].subGang
        var usedByGang = gangNodes
        var usedBySubGang = subGangNodes[subGang]
        for (index, node) in placed.enumerated() {
            usedByGang[node] = true
            if items[index].subGang == subGang { usedBySubGang[node] = true }
        }
        var ranks: [Rank] = []
        for node in free.indices where items[item].allowed[node] && items[item].pod.requests.fits(in: free[node]) {
            let holdsSubGang = restOfSubGang[item].allowed[node] && restOfSubGang[item].requests.fits(in: free[node])
            let holdsGang = restOfGang[item].allowed[node] && restOfGang[item].requests.fits(in: free[node])
            let misses: UInt8 =
                (usedBySubGang[node] ? 0 : 8) + (holdsSubGang ? 0 : 4) + (usedByGang[node] ? 0 : 2)
                + (holdsGang ? 0 : 1)
            let spread = items[item].pod.requests.asksForDevices ? 0 : family[node]
            ranks.append(Rank(misses: misses, family: spread, left: left(free[node], item), node: node))
        }
        return ranks.sorted().map(\.node)
    }

    /// How much of what the item asks for stays on a node, as a share of all nodes: less wastes less.
    private func left(_ free: Resources, _ item: Int) -> Double {
        items[item].pod.requests.milli.reduce(0) { sum, need in
            sum + Double(free[need.key] - need.value) / Double(max(1, total[need.key]))
        }
    }

    private static func rests(
        _ items: [Search.Item], nodes: Int, _ belongs: (Search.Item, Search.Item) -> Bool
    ) -> [Rest] {
        var rests: [Rest] = []
        for (index, item) in items.enumerated().reversed() {
            // The sub-gang's items are neighbours, so the rest after this item begins with the next one or is empty.
            var rest = Rest(requests: Resources(), allowed: Array(repeating: true, count: nodes))
            if let next = rests.last, index + 1 < items.count, belongs(item, items[index + 1]) { rest = next }
            rest.requests += item.pod.requests
            for node in 0..<nodes where !item.allowed[node] { rest.allowed[node] = false }
            rests.append(rest)
        }
        return rests.reversed()
    }
}
