/// A search for nodes for pods that have to fit at once.
///
/// Pods go in a fixed order, largest first; each tries the nodes in order of preference and the search goes back where
/// a later pod finds none. States that failed once are not entered again, whichever equal nodes led there. A sub-gang
/// that is confined to a domain tries its domains one after the other.
///
/// 1. `room` never falls below zero of a resource that a placed pod asks for.
/// 2. Within the limit of steps the answer is exact: none found means none exists.
/// 3. Pods of a confined sub-gang all stand in one of its domains.
struct Search {
    /// Nodes tried for pods, over one search. Beyond it the gang is refused and the refusal says so.
    static let stepsMax = 4_096

    private let items: [Item]
    private let nodes: [Int]
    private let preference: Preference
    /// For each sub-gang the domains to try, each a list of nodes; nil where it is not confined.
    private let domains: [[[Int]]?]
    private var room: Room
    private var relations: RelationTable?
    /// The node of each item placed so far, and the domain each sub-gang is in.
    private var placed: [Int] = []
    private var domain: [Int]
    private let stepLimit: Int
    private var failed: FailedStates
    private(set) var steps = 0
    /// Nodes looked at for pods: what the search costs.
    private(set) var looks = 0
    /// The pod that found no node with the most pods placed before it.
    private(set) var deadEnd: Int?
    /// Where the pods before the dead end stood, by number in the cluster, and which of the domains of its sub-gang was
    /// tried; nil where that is not confined.
    private(set) var deepest: [Int] = []
    private(set) var deepestDomain: Int?

    var isCut: Bool { steps >= stepLimit }

    /// One pod of the search.
    struct Item {
        var pod: PodDemand
        var subGang: Int
        var need: Need
        /// Whether its constraints allow each node.
        var allowed: [Bool]
        /// How well each node meets its preferences; nil where it has none.
        var scores: [Int]?
        var relations: RelationTable.Pod?

        /// The same pod for a search among some nodes only.
        func confined(to nodes: [Int]) -> Item {
            var item = self
            item.allowed = nodes.map { allowed[$0] }
            item.scores = scores.map { scores in nodes.map { scores[$0] } }
            return item
        }
    }

    /// `nodes` are those to search, ascending, and `domains` lists of such, all by number in `space`.
    init(
        _ items: [Item], _ space: FreeSpace, nodes: [Int], gang: Gang, subGangNodes: [Set<String>],
        domains: [[[Int]]?], stepLimit: Int = stepsMax
    ) {
        self.items = items.map { $0.confined(to: nodes) }
        self.nodes = nodes
        self.stepLimit = stepLimit
        room = Room(space.room, of: nodes)
        relations = space.relations
        preference = Preference(items: self.items, space: space, nodes: nodes, gang: gang, subGangNodes: subGangNodes)
        var places = Array(repeating: -1, count: space.nodes.count)
        for (index, node) in nodes.enumerated() { places[node] = index }
        self.domains = domains.map { options in
            options.map { $0.map { $0.compactMap { places[$0] < 0 ? nil : places[$0] } } }
        }
        domain = Array(repeating: -1, count: domains.count)
        failed = FailedStates(telling: Search.telling(self.items, self.domains, nodes: nodes.count))
    }

    /// What tells nodes apart: which pods they allow, and which domains they are in.
    private static func telling(_ items: [Item], _ domains: [[[Int]]?], nodes: Int) -> [[Int]] {
        var lists = Array(repeating: [Int](), count: nodes)
        for row in Set(items.map(\.allowed)) {
            for node in 0..<nodes { lists[node].append(row[node] ? 1 : 0) }
        }
        var number = 2
        for options in Set(domains.compactMap { $0 }) {
            for option in options {
                for node in option { lists[node].append(number) }
                number += 1
            }
        }
        return lists
    }

    /// The node of each item by number of the cluster, or nil where none were found.
    mutating func run() -> [Int]? { place() ? placed.map { nodes[$0] } : nil }

    /// Places as far as it goes without going back, only to say what is missing.
    mutating func descend() {
        while placed.count < items.count {
            let item = placed.count
            if beginsSubGang(item), let options = domains[items[item].subGang] {
                // The domain that goes furthest is not looked for: the first that takes this pod is as good to tell.
                guard !options.isEmpty else { break }
                domain[items[item].subGang] = options.indices.first { fits(item, in: options[$0]) } ?? 0
            }
            guard let best = ranks(item).min() else { break }
            put(item, on: best.node)
        }
        noteDeadEnd(placed.count)
    }

    private mutating func place() -> Bool {
        let item = placed.count
        guard item < items.count else { return true }
        let subGang = items[item].subGang
        guard beginsSubGang(item), let options = domains[subGang] else { return placeItem(item) }
        for option in options.indices {
            guard steps < stepLimit else { return false }
            domain[subGang] = option
            if placeItem(item) { return true }
        }
        if options.isEmpty { noteDeadEnd(item) }
        domain[subGang] = -1
        return false
    }

    private mutating func placeItem(_ item: Int) -> Bool {
        let confined = domain[items[item].subGang]
        let isExact = relations == nil
        if isExact, failed.contains(room, depth: item, domain: confined) { return false }
        var candidates = ranks(item)
        if candidates.isEmpty { noteDeadEnd(item) }
        var tried: Set<Int> = []
        for index in candidates.indices {
            guard steps < stepLimit else { return false }
            // The first choice nearly always holds: the others are put in order only when it does not.
            if index == 0 {
                if let best = candidates.indices.min(by: { candidates[$0] < candidates[$1] }) {
                    candidates.swapAt(0, best)
                }
            } else if index == 1 {
                candidates[1...].sort()
            }
            let node = candidates[index].node
            if isExact, !tried.insert(failed.signature(of: node, room)).inserted { continue }
            steps += 1
            put(item, on: node)
            if place() { return true }
            takeBack(item, from: node)
        }
        if isExact, steps < stepLimit { failed.insert(room, depth: item, domain: confined) }
        return false
    }

    private func beginsSubGang(_ item: Int) -> Bool { item == 0 || items[item - 1].subGang != items[item].subGang }

    private mutating func ranks(_ item: Int) -> [Preference.Rank] {
        let one = items[item]
        let confined = domain[one.subGang]
        let option = confined >= 0 ? domains[one.subGang]?[confined] : nil
        let used = preference.used(by: item, placed: placed)
        var ranks: [Preference.Rank] = []
        for node in option ?? Array(nodes.indices) {
            looks += 1
            guard one.allowed[node], room.fits(one.need, on: node) else { continue }
            if let pod = one.relations, relations?.obstacle(pod, on: nodes[node]) != nil { continue }
            ranks.append(preference.rank(node, for: item, room, used))
        }
        return ranks
    }

    private func fits(_ item: Int, in option: [Int]) -> Bool {
        option.contains { items[item].allowed[$0] && room.fits(items[item].need, on: $0) }
    }

    private mutating func put(_ item: Int, on node: Int) {
        room.take(items[item].need, on: node)
        if let pod = items[item].relations { relations?.add(pod, on: nodes[node]) }
        placed.append(node)
    }

    private mutating func takeBack(_ item: Int, from node: Int) {
        placed.removeLast()
        if let pod = items[item].relations { relations?.remove(pod, on: nodes[node]) }
        room.give(items[item].need, on: node)
    }

    private mutating func noteDeadEnd(_ item: Int) {
        guard item < items.count, item > deadEnd ?? -1 else { return }
        deadEnd = item
        deepest = placed.map { nodes[$0] }
        let confined = domain[items[item].subGang]
        deepestDomain = confined < 0 ? nil : confined
    }
}
