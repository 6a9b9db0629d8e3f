/// Pods that are placed together or not at all.
package struct Gang: Sendable, Hashable {
    /// Names the gang in the answer.
    package var name: String
    /// Gangs of one family (the groups of one ModelServing) keep apart where nothing else decides.
    package var family: String
    /// The parts that wait for nodes; what stands already is in `placed` and `nodes`.
    package var subGangs: [SubGang]
    /// Sub-gangs of each role that have to stand before any pod may; a role that is absent needs all of `subGangs`.
    package var minimum: [String: Int]
    /// Sub-gangs of each role that stand already, whole.
    package var placed: [String: Int]
    /// Nodes that hold pods of this gang already.
    package var nodes: Set<String>
    /// Where the whole gang may stand; nil for anywhere.
    package var limit: TierLimit?
    /// Where each of its sub-gangs may stand, within that.
    package var subGangLimit: TierLimit?

    package init(
        name: String, family: String = "", subGangs: [SubGang], minimum: [String: Int] = [:],
        placed: [String: Int] = [:], nodes: Set<String> = [], limit: TierLimit? = nil, subGangLimit: TierLimit? = nil
    ) {
        self.name = name
        self.family = family
        self.subGangs = subGangs
        self.minimum = minimum
        self.placed = placed
        self.nodes = nodes
        self.limit = limit
        self.subGangLimit = subGangLimit
    }

    /// The sub-gangs that have to fit at once, then those that may follow one by one; nil where too few exist.
    ///
    /// Begun ones come first: they hold resources already.
    func split() -> (required: [SubGang], optional: [SubGang])? {
        var required: [SubGang] = []
        var optional: [SubGang] = []
        let byRole = Dictionary(grouping: subGangs, by: \.role)
        for role in Set(byRole.keys).union(minimum.keys).sorted() {
            let waiting = (byRole[role] ?? []).sorted { left, right in
                left.nodes.isEmpty == right.nodes.isEmpty ? left.order < right.order : !left.nodes.isEmpty
            }
            let wanted = minimum[role].map { max(0, $0 - (placed[role] ?? 0)) } ?? waiting.count
            guard wanted <= waiting.count else { return nil }
            required += waiting.prefix(wanted)
            optional += waiting.dropFirst(wanted)
        }
        return (required, optional)
    }
}

/// The atomic part of a gang: the pods of one role replica.
package struct SubGang: Sendable, Hashable {
    package var name: String
    package var role: String
    /// Its place among the sub-gangs of its role; lower goes first.
    package var order: Int
    /// Its pods without a node.
    package var pods: [PodDemand]
    /// Nodes of those of its pods that have one.
    package var nodes: Set<String>

    package init(name: String, role: String, order: Int = 0, pods: [PodDemand], nodes: Set<String> = []) {
        self.name = name
        self.role = role
        self.order = order
        self.pods = pods
        self.nodes = nodes
    }
}
