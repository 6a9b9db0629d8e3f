/// A pod that waits for a node: what it asks for and which nodes it may stand on.
package struct PodDemand: Sendable, Hashable {
    /// Names the pod in the answer; unique in a call.
    package var name: String
    /// What it takes of its node; host ports stand among them (see `HostPort`).
    package var requests: Resources
    package var constraints: NodeConstraints
    /// The preferred node affinity: it decides between nodes that are otherwise as good.
    package var preferences: [NodePreference]
    /// How it has to stand to other pods; nil where it does not matter.
    package var relations: PodRelations?

    package init(
        name: String, requests: Resources, constraints: NodeConstraints = NodeConstraints(),
        preferences: [NodePreference] = [], relations: PodRelations? = nil
    ) {
        self.name = name
        self.requests = requests
        self.constraints = constraints
        self.preferences = preferences
        self.relations = relations
    }
}

/// One wish of a preferred node affinity.
package struct NodePreference: Sendable, Hashable {
    /// 1 to 100.
    package var weight: Int
    package var term: [NodeRequirement]

    package init(weight: Int, term: [NodeRequirement]) {
        self.weight = weight
        self.term = term
    }

    /// The sum of the weights of the wishes that a node fulfils.
    static func score(_ preferences: [NodePreference], on node: PlacementNode) -> Int {
        preferences.reduce(0) { sum, wish in
            wish.term.allSatisfy { $0.holds(for: node) } ? sum + wish.weight : sum
        }
    }
}

/// Which nodes a pod may stand on, resources and other pods aside.
package struct NodeConstraints: Sendable, Hashable {
    /// Labels the node has to carry.
    package var nodeSelector: [String: String]
    package var tolerations: [Toleration]
    /// The required node affinity: one of these terms has to hold, each with all of its requirements; nil for none.
    package var affinityTerms: [[NodeRequirement]]?

    /// What a cordon is to a toleration.
    private static let cordon = Taint(key: "node.kubernetes.io/unschedulable", effect: "NoSchedule")

    package init(
        nodeSelector: [String: String] = [:], tolerations: [Toleration] = [], affinityTerms: [[NodeRequirement]]? = nil
    ) {
        self.nodeSelector = nodeSelector
        self.tolerations = tolerations
        self.affinityTerms = affinityTerms
    }

    /// Why a pod with these constraints may not stand on a node; nil where it may.
    func obstacle(on node: PlacementNode) -> Obstacle? {
        if node.isUnschedulable, !tolerates(NodeConstraints.cordon) { return .cordoned }
        if !node.isReady { return .notReady }
        if let taint = node.taints.first(where: { $0.keepsPodsOff && !tolerates($0) }) { return .taint(taint.key) }
        return selects(node) ? nil : .selector
    }

    func tolerates(_ taint: Taint) -> Bool { tolerations.contains { $0.tolerates(taint) } }

    /// Whether nodeSelector and required affinity pick a node.
    func selects(_ node: PlacementNode) -> Bool {
        guard nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }) else { return false }
        guard let affinityTerms else { return true }
        return affinityTerms.contains { term in !term.isEmpty && term.allSatisfy { $0.holds(for: node) } }
    }
}
