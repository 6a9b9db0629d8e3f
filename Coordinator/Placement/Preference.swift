/// In which order a pod tries the nodes that take it.
///
/// First a node that has pods of its role replica, then one that can hold all the rest of the replica, then the same
/// two for the gang, then, for a pod that asks for no devices, the one with the fewest pods of the family, then the one
/// that the preferred node affinity likes best, then the one with the least left over, then by name. Device pods of one
/// family share nodes: whole free nodes are what the next large gang needs.
struct Preference {
    private let items: [Search.Item]
    private let family: [Int]
    private let unit: [Double]
    private let gangNodes: [Bool]
    private let subGangNodes: [[Bool]]
    /// What item `i` and the items after it ask for, in its sub-gang and in the gang, and whether a node allows all.
    private let restOfSubGang: [Rest]
    private let restOfGang: [Rest]

    private struct Rest {
        var need: Need
        var allowed: [Bool]
    }

    /// How good a node is for an item; lower is better.
    struct Rank: Comparable {
        var misses: UInt8
        var family: Int
        var dislike: Int
        var left: Double
        var node: Int

        static func < (left: Rank, right: Rank) -> Bool {
            if left.misses != right.misses { return left.misses < right.misses }
            if left.family != right.family { return left.family < right.family }
            if left.dislike != right.dislike { return left.dislike < right.dislike }
            return left.left == right.left ? left.node < right.node : left.left < right.left
        }
    }

    /// `nodes` are the numbers of the searched nodes in `space`; everything else counts within them.
    init(items: [Search.Item], space: FreeSpace, nodes: [Int], gang: Gang, subGangNodes: [Set<String>]) {
        self.items = items
        unit = space.unit
        family = nodes.map { space.familyPods[$0][gang.family] ?? 0 }
        gangNodes = nodes.map { gang.nodes.contains(space.nodes[$0].name) }
        self.subGangNodes = subGangNodes.map { names in nodes.map { names.contains(space.nodes[$0].name) } }
        restOfGang = Preference.rests(items, nodes: nodes.count) { _, _ in true }
        restOfSubGang = Preference.rests(items, nodes: nodes.count) { $0.subGang == $1.subGang }
    }

    /// Which nodes the gang and the item's sub-gang use already, where these items stand.
    func used(by item: Int, placed: [Int]) -> (gang: [Bool], subGang: [Bool]) {
        var gang = gangNodes
        var subGang = subGangNodes[items[item].subGang]
        for (index, node) in placed.enumerated() {
            gang[node] = true
            if items[index].subGang == items[item].subGang { subGang[node] = true }
        }
        return (gang, subGang)
    }

    /// The rank of a node that takes an item.
    func rank(_ node: Int, for item: Int, _ room: Room, _ used: (gang: [Bool], subGang: [Bool])) -> Rank {
        let one = items[item]
        let holdsSubGang = restOfSubGang[item].allowed[node] && room.fits(restOfSubGang[item].need, on: node)
        let holdsGang = restOfGang[item].allowed[node] && room.fits(restOfGang[item].need, on: node)
        let misses: UInt8 =
            (used.subGang[node] ? 0 : 8) + (holdsSubGang ? 0 : 4) + (used.gang[node] ? 0 : 2) + (holdsGang ? 0 : 1)
        return Rank(
            misses: misses, family: one.pod.requests.asksForDevices ? 0 : family[node],
            dislike: -(one.scores?[node] ?? 0), left: room.left(after: one.need, on: node, unit: unit), node: node)
    }

    private static func rests(
        _ items: [Search.Item], nodes: Int, _ belongs: (Search.Item, Search.Item) -> Bool
    ) -> [Rest] {
        var rests: [Rest] = []
        for (index, item) in items.enumerated().reversed() {
            // The sub-gang's items are neighbours, so the rest after this item begins with the next one or is empty.
            var rest = Rest(need: Need(), allowed: item.allowed)
            if let next = rests.last, index + 1 < items.count, belongs(item, items[index + 1]) {
                rest = next
                if next.allowed != item.allowed {
                    for node in 0..<nodes where !item.allowed[node] { rest.allowed[node] = false }
                }
            }
            rest.need += item.need
            rests.append(rest)
        }
        return rests.reversed()
    }
}
