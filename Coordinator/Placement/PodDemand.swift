/// A pod that waits for a node: what it asks for and which nodes it may stand on.
package struct PodDemand: Sendable, Hashable {
    /// Names the pod in the answer; unique in a call.
    package var name: String
    package var requests: Resources
    package var constraints: NodeConstraints

    package init(name: String, requests: Resources, constraints: NodeConstraints = NodeConstraints()) {
        self.name = name
        self.requests = requests
        self.constraints = constraints
    }
}

/// Which nodes a pod may stand on, resources aside.
package struct NodeConstraints: Sendable, Hashable {
    /// Labels the node has to carry.
    package var nodeSelector: [String: String]
    package var tolerations: [Toleration]
    /// The required node affinity: one of these terms has to hold, each with all of its requirements; nil for none.
    package var affinityTerms: [[NodeRequirement]]?

    package init(
        nodeSelector: [String: String] = [:], tolerations: [Toleration] = [], affinityTerms: [[NodeRequirement]]? = nil
    ) {
        self.nodeSelector = nodeSelector
        self.tolerations = tolerations
        self.affinityTerms = affinityTerms
    }

    /// Why a pod with these constraints may not stand on a node; nil where it may.
    func obstacle(on node: PlacementNode) -> Obstacle? {
        if node.isUnschedulable { return .cordoned }
        if !node.isReady { return .notReady }
        let taint = node.taints.first { taint in
            taint.keepsPodsOff && !tolerations.contains { $0.tolerates(taint) }
        }
        if let taint { return .taint(taint.key) }
        guard nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }) else { return .selector }
        guard let affinityTerms else { return nil }
        let fits = affinityTerms.contains { term in !term.isEmpty && term.allSatisfy { $0.holds(for: node) } }
        return fits ? nil : .selector
    }
}

/// One condition of a required node affinity.
package struct NodeRequirement: Sendable, Hashable {
    /// How the condition compares, by the word manifests use.
    package enum Operator: String, Sendable {
        case isIn = "In"
        case isNotIn = "NotIn"
        case exists = "Exists"
        case isAbsent = "DoesNotExist"
        case isGreater = "Gt"
        case isLess = "Lt"
    }

    /// What the condition reads: a label, or the node's own name.
    package enum Subject: Sendable, Hashable {
        case label(String)
        case nodeName
    }

    package var subject: Subject
    package var comparison: Operator
    package var values: [String]

    package init(_ subject: Subject, _ comparison: Operator, _ values: [String] = []) {
        self.subject = subject
        self.comparison = comparison
        self.values = values
    }

    func holds(for node: PlacementNode) -> Bool {
        let actual: String? =
            switch subject {
            case .label(let key): node.labels[key]
            case .nodeName: node.name
            }
        switch comparison {
        case .isIn: return actual.map(values.contains) ?? false
        case .isNotIn: return actual.map { !values.contains($0) } ?? true
        case .exists: return actual != nil
        case .isAbsent: return actual == nil
        case .isGreater: return compare(actual, >)
        case .isLess: return compare(actual, <)
        }
    }

    /// Numbers on both sides, else the condition does not hold.
    private func compare(_ actual: String?, _ order: (Int, Int) -> Bool) -> Bool {
        guard let left = actual.flatMap({ Int($0) }), let right = values.first.flatMap({ Int($0) }) else {
            return false
        }
        return order(left, right)
    }
}
