/// What is left on every node while gangs are placed, one after the other.
///
/// 1. `free[i]` is what node `i` has beyond the pods bound to it and the pods placed so far.
/// 2. Nodes stand in the order of their names, so that equal input gives equal output.
struct FreeSpace {
    let nodes: [PlacementNode]
    var free: [Resources]
    /// Pods by family on each node.
    private(set) var familyPods: [[String: Int]]
    /// All that the nodes could give in all, for comparing requests of different resources.
    let total: Resources
    private var obstacles: [NodeConstraints: [Obstacle?]] = [:]

    init(_ nodes: [PlacementNode]) {
        self.nodes = nodes.sorted { $0.name < $1.name }
        free = self.nodes.map(\.free)
        familyPods = self.nodes.map(\.familyPods)
        var total = Resources()
        for node in nodes { total += node.allocatable }
        self.total = total
    }

    /// Why pods with these constraints may not stand on each node, resources aside.
    mutating func obstacles(of constraints: NodeConstraints) -> [Obstacle?] {
        if let known = obstacles[constraints] { return known }
        let found = nodes.map { constraints.obstacle(on: $0) }
        obstacles[constraints] = found
        return found
    }

    mutating func take(_ requests: Resources, family: String, on node: Int) {
        free[node] -= requests
        familyPods[node][family, default: 0] += 1
    }

    /// The largest share of any one resource of all nodes that these requests are; 0 where nothing is asked for.
    func share(of requests: Resources) -> Double {
        requests.milli.map { $0.value <= 0 ? 0 : Double($0.value) / Double(max(1, total[$0.key])) }.max() ?? 0
    }
}
