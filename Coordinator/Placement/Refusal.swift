/// Why a node does not take a pod.
package enum Obstacle: Sendable, Hashable {
    case cordoned
    case notReady
    /// A taint with this key that the pod does not tolerate.
    case taint(String)
    /// The node's labels do not match the pod's nodeSelector or required affinity.
    case selector
    /// Less than the pod needs is left of this resource.
    case tooLittle(String)
    /// Another pod has this host port (`TCP:8080`).
    case hostPort(String)
    /// No pod that it has to be near to is there.
    case affinity
    /// A pod that it keeps away from, or that keeps away from it, is there.
    case antiAffinity
    /// It would make the spread over this label uneven.
    case spread(String)
    /// The node is not in the domain that came closest (`tier-1 domain rack-3`).
    case outside(String)
}

/// Why a gang, or one of its sub-gangs, got no nodes: the pod that found none, and how many nodes refused it why.
package struct Refusal: Sendable, Hashable, CustomStringConvertible {
    /// Nodes that share an obstacle.
    package struct Cause: Sendable, Hashable {
        package var obstacle: Obstacle
        package var nodes: Int
        /// Of the resource that is too scarce, in thousandths: what the pod needs and the most that one node has left.
        package var need: Int64
        package var mostFree: Int64
    }

    /// The pod that found no node; nil where no node was looked for.
    package var pod: String?
    /// Its place among the pods that have to fit at once.
    private var podIndex = 0
    /// Pods that had found a node before it, and how many have to in all.
    package var placedBefore = 0
    package var podsRequired = 0
    /// All nodes, and those that would take the pod if it were alone.
    package var nodes = 0
    package var fitting = 0
    package var causes: [Cause] = []
    /// The domain that came closest, where a limit asks for one (`tier-1 domain rack-3`), and how many nodes it has.
    package var domain: String?
    package var domainNodes = 0
    /// What of the topology is missing, so that a hard limit cannot be checked.
    package var topology: String?
    /// The search ended at its limit, so a placement may exist that was not found.
    package var isSearchCut = false

    /// Not all pods of the minimum exist yet: nothing is wrong, it is too early.
    package var isEarly: Bool { pod == nil && topology == nil }

    static let early = Refusal()

    private init() {}

    init(topology: String, pods: Int) {
        self.topology = topology
        podsRequired = pods
    }

    init(
        item: Search.Item, placedBefore: Int, podsRequired: Int, in scope: Scope, _ confinement: Scope?,
        _ space: FreeSpace, isSearchCut: Bool
    ) {
        pod = item.pod.name
        podIndex = placedBefore
        self.placedBefore = placedBefore
        self.podsRequired = podsRequired
        self.isSearchCut = isSearchCut
        nodes = space.nodes.count
        let tight = confinement.flatMap { $0.isEverything ? nil : $0 } ?? (scope.isEverything ? nil : scope)
        domain = tight?.text
        domainNodes = tight?.nodes.count ?? 0
        let obstacles = space.obstacles(of: item, inside: tight)
        fitting = nodes - obstacles.count
        causes = Refusal.causes(obstacles, requests: item.pod.requests)
    }

    /// The same for a gang that is like the one refused but for the names of its pods.
    func about(_ pods: [String]) -> Refusal {
        var refusal = self
        if pod != nil, pods.indices.contains(podIndex) { refusal.pod = pods[podIndex] }
        return refusal
    }

    package var description: String {
        if let topology { return topology }
        guard let pod else { return "waiting until all pods of the gang exist" }
        let beside = "none of them beside the \(placedBefore) placed before it (\(podsRequired) are needed at once)"
        let together = placedBefore > 0 && fitting > 0 ? ", \(beside)" : ""
        let place = domain.map { "; the \($0) (\(domainNodes) nodes) comes closest" } ?? ""
        let cut = isSearchCut ? "; the search ended at its limit of \(Search.stepsMax) steps" : ""
        return "\(fitting)/\(nodes) nodes fit pod \(pod)\(together)\(causesText)\(place)\(cut)"
    }

    /// `: 2 too little nvidia.com/gpu (need 8, most free 4), 1 cordoned`.
    private var causesText: String {
        causes.isEmpty ? "" : ": \(causes.map(\.text).joined(separator: ", "))"
    }

    /// Counts the obstacles of a pod over all nodes, most frequent first, what is outside the domain last.
    private static func causes(_ obstacles: [(Obstacle, free: Int64)], requests: Resources) -> [Cause] {
        var counted: [Obstacle: Cause] = [:]
        for (obstacle, free) in obstacles {
            var cause = counted[obstacle] ?? Cause(obstacle: obstacle, nodes: 0, need: 0, mostFree: .min)
            cause.nodes += 1
            if case .tooLittle(let resource) = obstacle {
                cause.need = requests[resource]
                cause.mostFree = max(cause.mostFree, free)
            }
            counted[obstacle] = cause
        }
        return counted.values.sorted { left, right in
            if left.isOutside != right.isOutside { return right.isOutside }
            return (right.nodes, left.text) < (left.nodes, right.text)
        }
    }
}

extension Refusal.Cause {
    var isOutside: Bool { if case .outside = obstacle { true } else { false } }

    var text: String {
        switch obstacle {
        case .cordoned: "\(nodes) cordoned"
        case .notReady: "\(nodes) not ready"
        case .taint(let key): "\(nodes) with taint \(key) that is not tolerated"
        case .selector: "\(nodes) not matching nodeSelector or node affinity"
        case .tooLittle(let resource):
            "\(nodes) too little \(resource) (need \(AmountText.text(need, of: resource)), "
                + "most free \(AmountText.text(max(0, mostFree), of: resource)))"
        case .hostPort(let port): "\(nodes) with host port \(port) taken"
        case .affinity: "\(nodes) without a pod that pod affinity asks for"
        case .antiAffinity: "\(nodes) kept free by pod anti-affinity"
        case .spread(let key): "\(nodes) against the spread over \(key)"
        case .outside(let domain): "\(nodes) outside the \(domain)"
        }
    }
}

extension FreeSpace {
    /// Why each node that does not take a pod does not, with what it has left of the scarce resource.
    fileprivate func obstacles(of item: Search.Item, inside scope: Scope?) -> [(Obstacle, free: Int64)] {
        let inside = scope.map { Set($0.nodes) }
        return nodes.indices.compactMap { node in
            if let scope, inside?.contains(node) == false { return (.outside(scope.text), 0) }
            if let obstacle = item.pod.constraints.obstacle(on: nodes[node]) { return (obstacle, 0) }
            let row = room.row(node)
            let short = item.need.columns.indices.filter {
                item.need.amounts[$0] > row[row.startIndex + item.need.columns[$0]]
            }
            let scarce = Resources.first(of: short.map { columns.names[item.need.columns[$0]] })
            if let scarce, let index = short.first(where: { columns.names[item.need.columns[$0]] == scarce }) {
                let free = row[row.startIndex + item.need.columns[index]]
                return HostPort.isPort(scarce)
                    ? (.hostPort(HostPort.text(scarce)), 0) : (.tooLittle(scarce), free)
            }
            if let pod = item.relations, let obstacle = relations?.obstacle(pod, on: node) { return (obstacle, 0) }
            return nil
        }
    }
}
