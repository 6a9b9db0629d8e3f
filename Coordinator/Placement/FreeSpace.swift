/// What is left in the cluster while gangs are placed, one after the other.
///
/// 1. `room` holds what each node has beyond the pods bound to it and the pods placed so far.
/// 2. Nodes stand in the order of their names, so that equal input gives equal output.
/// 3. `sums` holds for each domain what its nodes have left together, resource by resource.
struct FreeSpace {
    /// A domain by the numbers of its nodes, ascending.
    struct Domain {
        var name: String
        var tier: Int
        var tierName: String
        var nodes: [Int]
    }

    let nodes: [PlacementNode]
    let fabric: Fabric
    /// All domains of the fabric, in its order, and last the whole cluster.
    let domains: [Domain]
    private(set) var columns = Columns()
    private(set) var room: Room
    private(set) var sums: [[Int64]]
    /// One over what all nodes could give in all, by column.
    let unit: [Double]
    /// Pods by family on each node.
    private(set) var familyPods: [[String: Int]]
    /// Nil where no pod has anything to do with another.
    private(set) var relations: RelationTable?
    private var domainsOfNode: [[Int]]
    private var numbers: [String: Int]
    private var allowed: [NodeConstraints: [Bool]] = [:]
    private var scores: [[NodePreference]: [Int]] = [:]

    init(_ cluster: Cluster, for gangs: [Gang]) {
        let nodes = cluster.nodes.sorted { $0.name < $1.name }
        self.nodes = nodes
        fabric = cluster.fabric
        numbers = Dictionary(nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let pods = gangs.flatMap(\.subGangs).flatMap(\.pods)
        for node in nodes { columns.add(node.allocatable) }
        for resources in Set(pods.map(\.requests)) { columns.add(resources) }
        let rows = FreeSpace.rows(nodes, columns)
        let width = columns.names.count
        room = Room(rows: rows, width: width)
        unit = FreeSpace.unit(nodes, columns)
        familyPods = nodes.map(\.familyPods)
        domains = FreeSpace.domains(cluster.fabric, numbers)
        domainsOfNode = Array(repeating: [], count: nodes.count)
        sums = Array(repeating: Array(repeating: 0, count: width), count: domains.count)
        for (domain, members) in domains.map(\.nodes).enumerated() {
            for node in members {
                domainsOfNode[node].append(domain)
                for column in 0..<width { FreeSpace.add(max(0, rows[node][column]), to: &sums[domain][column]) }
            }
        }
        let asking = pods.compactMap(\.relations)
        if asking.contains(where: \.asks) || cluster.standing.contains(where: { !$0.relations.antiAffinity.isEmpty }) {
            relations = RelationTable(nodes: nodes, demands: asking, standing: cluster.standing)
        }
    }

    private static func rows(_ nodes: [PlacementNode], _ columns: Columns) -> [[Int64]] {
        nodes.map { node in
            let free = node.free
            return columns.names.map { name in
                HostPort.isPort(name) ? HostPort.capacity(of: name) - node.used[name] : free[name]
            }
        }
    }

    private static func unit(_ nodes: [PlacementNode], _ columns: Columns) -> [Double] {
        var total = Resources()
        for node in nodes { total += node.allocatable }
        return columns.names.map { HostPort.isPort($0) ? 0 : 1 / Double(max(1, total[$0])) }
    }

    private static func domains(_ fabric: Fabric, _ numbers: [String: Int]) -> [Domain] {
        let declared = fabric.domains.map { domain in
            Domain(
                name: domain.name, tier: domain.tier, tierName: domain.tierName,
                nodes: domain.nodes.compactMap { numbers[$0] }.sorted())
        }
        return declared + [Domain(name: "", tier: .max, tierName: "", nodes: numbers.values.sorted())]
    }

    private static func add(_ amount: Int64, to sum: inout Int64) {
        let (total, overflow) = sum.addingReportingOverflow(amount)
        sum = overflow ? .max : total
    }

    /// The number of the domain that is the whole cluster.
    var everything: Int { domains.count - 1 }

    func number(of node: String) -> Int? { numbers[node] }

    /// Whether pods with these constraints may stand on each node, resources and other pods aside.
    mutating func allowed(by constraints: NodeConstraints) -> [Bool] {
        if let known = allowed[constraints] { return known }
        let found = nodes.map { constraints.obstacle(on: $0) == nil }
        allowed[constraints] = found
        return found
    }

    /// How well each node meets the wishes of a preferred node affinity; nil where there are none.
    mutating func scores(of preferences: [NodePreference]) -> [Int]? {
        guard !preferences.isEmpty else { return nil }
        if let known = scores[preferences] { return known }
        let found = nodes.map { NodePreference.score(preferences, on: $0) }
        scores[preferences] = found
        return found
    }

    func fits(_ need: Need, in domain: Int) -> Bool {
        for index in need.columns.indices where need.amounts[index] > sums[domain][need.columns[index]] { return false }
        return true
    }

    mutating func take(_ item: Search.Item, family: String, on node: Int) {
        room.take(item.need, on: node)
        familyPods[node][family, default: 0] += 1
        for domain in domainsOfNode[node] {
            for (column, amount) in zip(item.need.columns, item.need.amounts) { sums[domain][column] -= amount }
        }
        if let pod = item.relations { relations?.add(pod, on: node) }
    }

    /// The largest share of any one resource of all nodes that these requests are; 0 where nothing is asked for.
    func share(of need: Need) -> Double {
        zip(need.columns, need.amounts).map { Double($1) * unit[$0] }.max() ?? 0
    }
}
