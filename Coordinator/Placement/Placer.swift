/// Finds nodes for gangs: all or nothing.
///
/// 1. No node ever gets more than it has left.
/// 2. Of a gang whose minimum does not fit at once, no pod gets a node.
/// 3. Of a sub-gang either all waiting pods get a node or none does.
/// 4. Equal input gives equal output.
package enum Placer {
    /// Places gangs one after the other, in the order given; each sees what the ones before it took.
    package static func place(_ gangs: [Gang], on nodes: [PlacementNode]) -> [GangPlacement] {
        var space = FreeSpace(nodes)
        return gangs.map { place($0, &space) }
    }

    private static func place(_ gang: Gang, _ space: inout FreeSpace) -> GangPlacement {
        var placement = GangPlacement(gang: gang.name)
        guard let (required, optional) = gang.split() else {
            placement.refusal = .early
            return placement
        }
        var gang = gang
        switch attempt(required, of: gang, &space) {
        case .success(let assignments): placement.assignments = assignments
        case .failure(let refusal):
            placement.refusal = refusal
            return placement
        }
        for subGang in optional {
            gang.nodes.formUnion(placement.assignments.map(\.node))
            switch attempt([subGang], of: gang, &space) {
            case .success(let assignments): placement.assignments += assignments
            case .failure(let refusal): placement.waiting.append((subGang.name, refusal))
            }
        }
        return placement
    }

    private enum Attempt {
        case success([Assignment])
        case failure(Refusal)
    }

    /// Places sub-gangs at once; `space` changes only where all of them fit.
    private static func attempt(_ subGangs: [SubGang], of gang: Gang, _ space: inout FreeSpace) -> Attempt {
        let ordered = largestFirst(subGangs, space)
        var items: [Search.Item] = []
        for (index, subGang) in ordered.enumerated() {
            for pod in subGang.pods {
                let allowed = space.obstacles(of: pod.constraints).map { $0 == nil }
                items.append(Search.Item(pod: pod, subGang: index, allowed: allowed))
            }
        }
        var search = Search(items, space, gang: gang, subGangNodes: ordered.map(\.nodes))
        guard let nodes = search.run() else { return .failure(refusal(items, search, &space)) }
        for (item, node) in zip(items, nodes) { space.take(item.pod.requests, family: gang.family, on: node) }
        return .success(zip(items, nodes).map { Assignment(pod: $0.pod.name, node: space.nodes[$1].name) })
    }

    /// Large sub-gangs and, inside them, large pods first: what is hardest to place meets the most room.
    private static func largestFirst(_ subGangs: [SubGang], _ space: FreeSpace) -> [SubGang] {
        let sized = subGangs.map { subGang in
            var subGang = subGang
            let pods = subGang.pods.map { (share: space.share(of: $0.requests), pod: $0) }
            subGang.pods = pods.sorted { ($1.share, $0.pod.name) < ($0.share, $1.pod.name) }.map(\.pod)
            return (share: pods.reduce(0) { $0 + $1.share }, subGang: subGang)
        }
        return sized.sorted { ($1.share, $0.subGang.name) < ($0.share, $1.subGang.name) }.map(\.subGang)
    }

    private static func refusal(_ items: [Search.Item], _ search: Search, _ space: inout FreeSpace) -> Refusal {
        guard let end = search.deadEnd else { return .early }
        let pod = items[end.item].pod
        let fixed = space.obstacles(of: pod.constraints)
        let obstacles = fixed.indices.compactMap { node -> (Obstacle, free: Resources)? in
            let scarce = pod.requests.shortfall(in: end.free[node]).map { Obstacle.tooLittle($0) }
            return (fixed[node] ?? scarce).map { ($0, end.free[node]) }
        }
        return Refusal(
            pod: pod.name, placedBefore: end.item, podsRequired: items.count, nodes: space.nodes.count,
            causes: Refusal.causes(obstacles, requests: pod.requests), isSearchCut: search.isCut)
    }
}

/// A pod and the node it is to be bound to.
package struct Assignment: Sendable, Hashable {
    package var pod: String
    package var node: String
}

/// What became of a gang: its assignments, or why it has none.
package struct GangPlacement: Sendable {
    package var gang: String
    package var assignments: [Assignment] = []
    /// Why the minimum does not fit; then there are no assignments.
    package var refusal: Refusal?
    /// Sub-gangs beyond the minimum that did not fit, and why.
    package var waiting: [(subGang: String, refusal: Refusal)] = []
}
