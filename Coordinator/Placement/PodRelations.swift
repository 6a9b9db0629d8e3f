/// How a pod has to stand to other pods: required (anti-)affinity and spread that must hold.
package struct PodRelations: Sendable, Hashable {
    /// The pod's own namespace and labels: what the terms of others see of it.
    package var namespace: String
    package var labels: [String: String]
    /// Each needs a matching pod in the same domain.
    package var affinity: [PodTerm]
    /// None may have a matching pod in the same domain.
    package var antiAffinity: [PodTerm]
    package var spread: [PodSpread]

    package init(
        namespace: String, labels: [String: String], affinity: [PodTerm] = [], antiAffinity: [PodTerm] = [],
        spread: [PodSpread] = []
    ) {
        self.namespace = namespace
        self.labels = labels
        self.affinity = affinity
        self.antiAffinity = antiAffinity
        self.spread = spread
    }

    /// It wants something itself; if not, it can still be what others keep away from.
    package var asks: Bool { !affinity.isEmpty || !antiAffinity.isEmpty || !spread.isEmpty }
}

/// Pods by namespace and labels.
package struct PodSelector: Sendable, Hashable {
    /// Nil for every namespace.
    package var namespaces: Set<String>?
    /// All have to hold; nil picks no pod.
    package var requirements: [LabelRequirement]?

    package init(namespaces: Set<String>?, requirements: [LabelRequirement]?) {
        self.namespaces = namespaces
        self.requirements = requirements
    }

    func matches(namespace: String, labels: [String: String]) -> Bool {
        guard let requirements, namespaces?.contains(namespace) ?? true else { return false }
        return requirements.allSatisfy { $0.holds(for: labels) }
    }
}

/// Pods to be near to, or away from: those that a selector picks, within nodes that share a label's value.
package struct PodTerm: Sendable, Hashable {
    package var topologyKey: String
    package var selector: PodSelector

    package init(topologyKey: String, selector: PodSelector) {
        self.topologyKey = topologyKey
        self.selector = selector
    }
}

/// A topology spread constraint that must hold (`DoNotSchedule`).
package struct PodSpread: Sendable, Hashable {
    package var topologyKey: String
    /// By how much the pods in one domain may exceed those in the emptiest.
    package var maxSkew: Int
    /// With fewer domains than this the emptiest counts as having none.
    package var minDomains: Int
    package var selector: PodSelector
    /// Domains without a node that nodeSelector and node affinity pick do not count.
    package var honoursAffinity: Bool
    /// Domains whose nodes all have a taint that is not tolerated do not count.
    package var honoursTaints: Bool

    package init(
        topologyKey: String, maxSkew: Int, minDomains: Int = 1, selector: PodSelector, honoursAffinity: Bool = true,
        honoursTaints: Bool = false
    ) {
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
        self.minDomains = minDomains
        self.selector = selector
        self.honoursAffinity = honoursAffinity
        self.honoursTaints = honoursTaints
    }
}

/// A pod that has a node, as relations see it.
package struct StandingPod: Sendable, Hashable {
    package var node: String
    package var relations: PodRelations

    package init(node: String, relations: PodRelations) {
        self.node = node
        self.relations = relations
    }
}
