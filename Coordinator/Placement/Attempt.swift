/// One try to place sub-gangs of a gang at once, in the best domain that takes them all.
struct Attempt {
    /// Searches of one attempt together take at most this many steps.
    static let stepsMax = 4 * Search.stepsMax

    private let gang: Gang
    private let subGangs: [SubGang]
    private let items: [Search.Item]
    /// Numbers of the nodes that pods of the gang, and of each sub-gang, stand on.
    private let standing: Set<Int>
    private let standingOfSubGang: [Set<Int>]
    private(set) var steps = 0
    private(set) var looks = 0
    private var isCut = false
    private var best: Best?

    /// The search that came furthest.
    private struct Best {
        var scope: Scope
        var deadEnd: Int
        var placed: [Int]
        var confinement: Scope?
    }

    /// How a try ended.
    enum Outcome {
        /// Nodes of the items, in their order.
        case placed([Search.Item], [Int])
        /// Why not, and where the first pods could stand.
        case refused(Refusal, held: [(Search.Item, Int)])
    }

    init(_ subGangs: [SubGang], of gang: Gang, _ space: inout FreeSpace) {
        self.gang = gang
        self.subGangs = Attempt.largestFirst(subGangs, space)
        items = Attempt.items(self.subGangs, &space)
        standing = Set(gang.nodes.compactMap { [space] in space.number(of: $0) })
        standingOfSubGang = self.subGangs.map { [space] in Set($0.nodes.compactMap { space.number(of: $0) }) }
    }

    var podNames: [String] { items.map(\.pod.name) }

    /// All that decides the outcome but the names: equal ones end alike while there is no more room than before.
    var shape: Shape {
        Shape(
            limit: gang.limit, subGangLimit: gang.subGangLimit, standing: standing,
            standingOfSubGang: standingOfSubGang,
            pods: items.map { Shape.Pod(subGang: $0.subGang, need: $0.need, constraints: $0.pod.constraints) })
    }

    /// See `shape`.
    struct Shape: Hashable {
        struct Pod: Hashable {
            var subGang: Int
            var need: Need
            var constraints: NodeConstraints
        }

        var limit: TierLimit?
        var subGangLimit: TierLimit?
        var standing: Set<Int>
        var standingOfSubGang: [Set<Int>]
        var pods: [Pod]
    }

    mutating func run(_ space: FreeSpace) -> Outcome {
        let need = items.reduce(into: Need()) { $0 += $1.need }
        let scopes: [Scope]
        switch space.scopes(gang.limit, policy: "groupPolicy", need: need, holding: standing) {
        case .open(let open): scopes = open
        case .closed(let why): return .refused(Refusal(topology: why, pods: items.count), held: [])
        }
        var confinements: [[Scope]?] = []
        for index in subGangs.indices {
            switch confinement(of: index, space, reusing: confinements) {
            case .open(let open): confinements.append(gang.subGangLimit == nil ? nil : open)
            case .closed(let why): return .refused(Refusal(topology: why, pods: items.count), held: [])
            }
        }
        for scope in scopes where scope.isRoomy {
            guard steps < Attempt.stepsMax else {
                isCut = true
                break
            }
            if let nodes = search(scope, confinements, space) { return .placed(items, nodes) }
        }
        if best == nil, let scope = scopes.max(by: { $0.left < $1.left }) { descend(scope, confinements, space) }
        return refusal(space)
    }

    private func confinement(of index: Int, _ space: FreeSpace, reusing known: [[Scope]?]) -> Scopes {
        let own = items.filter { $0.subGang == index }.map(\.need)
        // Sub-gangs of one role look alike.
        if index > 0, let last = known.last, let scopes = last,
            standingOfSubGang[index] == standingOfSubGang[index - 1],
            items.filter({ $0.subGang == index - 1 }).map(\.need) == own
        {
            return .open(scopes)
        }
        let need = own.reduce(into: Need()) { $0 += $1 }
        return space.scopes(gang.subGangLimit, policy: "rolePolicy", need: need, holding: standingOfSubGang[index])
    }

    private mutating func search(_ scope: Scope, _ confinements: [[Scope]?], _ space: FreeSpace) -> [Int]? {
        let begun = begin(scope, confinements, space)
        var search = begun.search
        let nodes = search.run()
        note(search, scope, begun.options)
        return nodes
    }

    private mutating func descend(_ scope: Scope, _ confinements: [[Scope]?], _ space: FreeSpace) {
        let begun = begin(scope, confinements, space)
        var search = begun.search
        search.descend()
        note(search, scope, begun.options)
    }

    private func begin(
        _ scope: Scope, _ confinements: [[Scope]?], _ space: FreeSpace
    ) -> (search: Search, options: [[Scope]?]) {
        let nodes = useful(scope.nodes, space)
        let inside = Set(scope.nodes)
        var options: [[Scope]?] = []
        var lists: [[[Int]]?] = []
        for (index, confinement) in confinements.enumerated() {
            // Sub-gangs that look alike share their list, and with it what is worked out for it.
            if index > 0, let last = options.last, last?.count == confinement?.count,
                last?.map(\.name) == confinement?.map(\.name)
            {
                options.append(last)
                lists.append(lists[index - 1])
                continue
            }
            let open = confinement?.filter { $0.isRoomy && $0.nodes.contains(where: inside.contains) }
            options.append(open)
            lists.append(open?.map { $0.nodes.filter(inside.contains) })
        }
        let search = Search(
            items, space, nodes: nodes, gang: gang, subGangNodes: subGangs.map(\.nodes), domains: lists,
            stepLimit: min(Search.stepsMax, Attempt.stepsMax - steps))
        return (search, options)
    }

    /// Nodes that take at least one of the pods now.
    private func useful(_ nodes: [Int], _ space: FreeSpace) -> [Int] {
        var kinds: [Search.Item] = []
        for item in items {
            let isKnown = kinds.contains { $0.need == item.need && $0.pod.constraints == item.pod.constraints }
            if !isKnown { kinds.append(item) }
        }
        return nodes.filter { node in kinds.contains { $0.allowed[node] && space.room.fits($0.need, on: node) } }
    }

    private mutating func note(_ search: Search, _ scope: Scope, _ options: [[Scope]?]) {
        steps += search.steps
        looks += search.looks
        isCut = isCut || search.isCut
        guard let deadEnd = search.deadEnd, deadEnd > best?.deadEnd ?? -1 else { return }
        let confinement = search.deepestDomain.flatMap { options[items[deadEnd].subGang]?[$0] }
        best = Best(scope: scope, deadEnd: deadEnd, placed: search.deepest, confinement: confinement)
    }

    private func refusal(_ space: FreeSpace) -> Outcome {
        guard let best else {
            let why = "no domain within its limits has room for the gang"
            return .refused(Refusal(topology: why + space.problemsText, pods: items.count), held: [])
        }
        let refusal = Refusal(
            item: items[best.deadEnd], placedBefore: best.deadEnd, podsRequired: items.count, in: best.scope,
            best.confinement, space, isSearchCut: isCut)
        return .refused(refusal, held: Array(zip(items, best.placed)))
    }

    /// Large sub-gangs and, inside them, large pods first: what is hardest to place meets the most room.
    private static func largestFirst(_ subGangs: [SubGang], _ space: FreeSpace) -> [SubGang] {
        let sized = subGangs.map { subGang in
            var subGang = subGang
            let pods = subGang.pods.map { (share: space.share(of: space.columns.need($0.requests)), pod: $0) }
            subGang.pods = pods.sorted { ($1.share, $0.pod.name) < ($0.share, $1.pod.name) }.map(\.pod)
            return (share: pods.reduce(0) { $0 + $1.share }, subGang: subGang)
        }
        return sized.sorted { ($1.share, $0.subGang.name) < ($0.share, $1.subGang.name) }.map(\.subGang)
    }

    private static func items(_ subGangs: [SubGang], _ space: inout FreeSpace) -> [Search.Item] {
        var items: [Search.Item] = []
        for (index, subGang) in subGangs.enumerated() {
            for pod in subGang.pods {
                let relations = space.relations.flatMap { table in
                    pod.relations.map { table.entry(for: $0, pod.constraints) }
                }
                items.append(
                    Search.Item(
                        pod: pod, subGang: index, need: space.columns.need(pod.requests),
                        allowed: space.allowed(by: pod.constraints), scores: space.scores(of: pod.preferences),
                        relations: relations))
            }
        }
        return items
    }
}
