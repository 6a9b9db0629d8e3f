/// Counts of pods by domain, for the terms of the pods that a search places and of those that stand.
///
/// 1. A pod is counted under a term while it stands on a node with the term's label, and only there.
/// 2. `remove` takes back exactly what `add` of the same pod on the same node did.
struct RelationTable {
    /// One term, and how many pods match it or own it, by domain.
    private struct Row {
        var term: PodTerm
        /// The domain of each node by the value of the term's label; -1 without the label.
        var domains: [Int]
        var matching: [Int]
        var owning: [Int]
    }

    /// What a pod has to do with the rows.
    struct Pod {
        var relations: PodRelations
        /// Rows whose selector picks the pod.
        fileprivate var matched: [Int] = []
        fileprivate var affinity: [Int] = []
        fileprivate var antiAffinity: [Int] = []
        /// With each constraint the domains that count for it.
        fileprivate var spread: [(row: Int, constraint: PodSpread, counts: [Bool])] = []
    }

    private let nodes: [PlacementNode]
    private var rows: [Row] = []
    private var numbers: [PodTerm: Int] = [:]
    private var domainsOfKey: [String: (domains: [Int], count: Int)] = [:]

    /// `demands` are all pods to be placed, `standing` those that have a node.
    init(nodes: [PlacementNode], demands: [PodRelations], standing: [StandingPod]) {
        self.nodes = nodes
        for relations in demands + standing.map(\.relations) {
            for term in relations.antiAffinity { number(of: term) }
        }
        for relations in demands {
            for term in relations.affinity { number(of: term) }
            for spread in relations.spread { number(of: Self.term(of: spread)) }
        }
        let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.name, $0) })
        for pod in standing {
            if let node = places[pod.node] { add(entry(for: pod.relations), on: node) }
        }
    }

    private static func term(of spread: PodSpread) -> PodTerm {
        PodTerm(topologyKey: spread.topologyKey, selector: spread.selector)
    }

    @discardableResult private mutating func number(of term: PodTerm) -> Int {
        if let known = numbers[term] { return known }
        let (domains, count) = domains(of: term.topologyKey)
        let zeros = Array(repeating: 0, count: count)
        rows.append(Row(term: term, domains: domains, matching: zeros, owning: zeros))
        numbers[term] = rows.count - 1
        return rows.count - 1
    }

    private mutating func domains(of key: String) -> (domains: [Int], count: Int) {
        if let known = domainsOfKey[key] { return known }
        var values: [String: Int] = [:]
        let domains = nodes.map { node -> Int in
            guard let value = node.labels[key] else { return -1 }
            let next = values.count
            return values[value]
                ?? {
                    values[value] = next
                    return next
                }()
        }
        domainsOfKey[key] = (domains, values.count)
        return (domains, values.count)
    }

    /// A pod as the rows know it, to be passed to the other functions.
    func entry(for relations: PodRelations, _ constraints: NodeConstraints? = nil) -> Pod {
        var pod = Pod(relations: relations)
        pod.matched = rows.indices.filter {
            rows[$0].term.selector.matches(namespace: relations.namespace, labels: relations.labels)
        }
        pod.affinity = relations.affinity.compactMap { numbers[$0] }
        pod.antiAffinity = relations.antiAffinity.compactMap { numbers[$0] }
        guard let constraints else { return pod }
        pod.spread = relations.spread.compactMap { spread in
            numbers[Self.term(of: spread)].map { ($0, spread, counts(spread, rows[$0], constraints)) }
        }
        return pod
    }

    /// Which domains count for a spread constraint of a pod.
    private func counts(_ spread: PodSpread, _ row: Row, _ constraints: NodeConstraints) -> [Bool] {
        var counts = Array(repeating: false, count: row.matching.count)
        for (index, node) in nodes.enumerated() where row.domains[index] >= 0 {
            if spread.honoursAffinity, !constraints.selects(node) { continue }
            let isTainted = node.taints.contains { $0.keepsPodsOff && !constraints.tolerates($0) }
            if spread.honoursTaints, isTainted { continue }
            counts[row.domains[index]] = true
        }
        return counts
    }

    mutating func add(_ pod: Pod, on node: Int) { change(pod, node, by: 1) }

    mutating func remove(_ pod: Pod, on node: Int) { change(pod, node, by: -1) }

    private mutating func change(_ pod: Pod, _ node: Int, by step: Int) {
        for row in pod.matched where rows[row].domains[node] >= 0 {
            rows[row].matching[rows[row].domains[node]] += step
        }
        for row in pod.antiAffinity where rows[row].domains[node] >= 0 {
            rows[row].owning[rows[row].domains[node]] += step
        }
    }

    /// What other pods have against a pod on a node; nil for nothing.
    func obstacle(_ pod: Pod, on node: Int) -> Obstacle? {
        for row in pod.matched where at(rows[row].owning, row, node) > 0 { return .antiAffinity }
        for row in pod.antiAffinity where at(rows[row].matching, row, node) > 0 { return .antiAffinity }
        for row in pod.affinity where rows[row].domains[node] < 0 { return .affinity }
        // The first pod of a set that wants its own kind near has to be let in somewhere.
        let isFirst = pod.affinity.allSatisfy { row in
            pod.matched.contains(row) && rows[row].matching.allSatisfy { $0 == 0 }
        }
        if !isFirst {
            for row in pod.affinity where at(rows[row].matching, row, node) == 0 { return .affinity }
        }
        for (row, constraint, counts) in pod.spread where !fits(pod, constraint, counts, row, node) {
            return .spread(constraint.topologyKey)
        }
        return nil
    }

    private func at(_ list: [Int], _ row: Int, _ node: Int) -> Int {
        rows[row].domains[node] < 0 ? 0 : list[rows[row].domains[node]]
    }

    private func fits(_ pod: Pod, _ constraint: PodSpread, _ counts: [Bool], _ row: Int, _ node: Int) -> Bool {
        let domain = rows[row].domains[node]
        guard domain >= 0 else { return false }
        var emptiest = Int.max
        var domains = 0
        for (index, isCounted) in counts.enumerated() where isCounted {
            domains += 1
            emptiest = min(emptiest, rows[row].matching[index])
        }
        if domains < constraint.minDomains || domains == 0 { emptiest = 0 }
        let own = pod.matched.contains(row) ? 1 : 0
        return rows[row].matching[domain] + own - emptiest <= constraint.maxSkew
    }
}
