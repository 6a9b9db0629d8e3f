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
}

/// Why a gang, or one of its sub-gangs, got no nodes: the first pod that found none, and how many nodes refused it why.
package struct Refusal: Sendable, Hashable, CustomStringConvertible {
    /// Nodes that share an obstacle.
    package struct Cause: Sendable, Hashable {
        package var obstacle: Obstacle
        package var nodes: Int
        /// Of the resource that is too scarce, in thousandths: what the pod needs and the most that one node has left.
        package var need: Int64
        package var mostFree: Int64
    }

    /// The pod that found no node; nil where not all pods of the gang exist yet.
    package var pod: String?
    /// Pods that had found a node before it, and how many have to in all.
    package var placedBefore: Int
    package var podsRequired: Int
    package var nodes: Int
    package var causes: [Cause]
    /// The search ended at its limit, so a placement may exist that was not found.
    package var isSearchCut: Bool

    /// Not all pods of the minimum exist yet: nothing is wrong, it is too early.
    package var isEarly: Bool { pod == nil }

    static let early = Refusal(
        pod: nil, placedBefore: 0, podsRequired: 0, nodes: 0, causes: [], isSearchCut: false)

    package var description: String {
        guard let pod else { return "waiting until all pods of the gang exist" }
        let place = placedBefore == 0 ? "" : " beside the \(placedBefore) of \(podsRequired) pods that do"
        let cut = isSearchCut ? "; the search ended at its limit of \(Search.stepsMax) steps" : ""
        return "no node fits pod \(pod)\(place): \(counts)\(cut)"
    }

    /// `3 nodes: 2 too little nvidia.com/gpu (need 8, most free 4), 1 cordoned`.
    package var counts: String {
        let total = nodes == 1 ? "1 node" : "\(nodes) nodes"
        return causes.isEmpty ? total : "\(total): \(causes.map(\.text).joined(separator: ", "))"
    }

    /// Counts the obstacles of a pod over all nodes, most frequent first.
    static func causes(_ obstacles: [(Obstacle, free: Resources)], requests: Resources) -> [Cause] {
        var counted: [Obstacle: Cause] = [:]
        for (obstacle, free) in obstacles {
            var cause =
                counted[obstacle] ?? Cause(obstacle: obstacle, nodes: 0, need: 0, mostFree: .min)
            cause.nodes += 1
            if case .tooLittle(let resource) = obstacle {
                cause.need = requests[resource]
                cause.mostFree = max(cause.mostFree, free[resource])
            }
            counted[obstacle] = cause
        }
        return counted.values.sorted { ($1.nodes, $0.text) < ($0.nodes, $1.text) }
    }
}

extension Refusal.Cause {
    var text: String {
        switch obstacle {
        case .cordoned: "\(nodes) cordoned"
        case .notReady: "\(nodes) not ready"
        case .taint(let key): "\(nodes) with taint \(key) that is not tolerated"
        case .selector: "\(nodes) not matching nodeSelector or node affinity"
        case .tooLittle(let resource):
            "\(nodes) too little \(resource) (need \(AmountText.text(need, of: resource)), "
                + "most free \(AmountText.text(max(0, mostFree), of: resource)))"
        }
    }
}
