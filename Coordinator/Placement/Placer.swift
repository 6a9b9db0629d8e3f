/// Finds nodes for gangs: all or nothing.
///
/// 1. No node ever gets more than it has left.
/// 2. Of a gang whose minimum does not fit at once, no pod gets a node.
/// 3. Of a sub-gang either all waiting pods get a node or none does.
/// 4. Pods of a gang with a hard limit stand in one domain within it, those of a sub-gang with one likewise; a limit
///    that cannot be checked refuses the gang.
/// 5. A gang that stands in part and does not fit now keeps the room that its next pods could have: later gangs do not
///    get it.
/// 6. Equal input gives equal output.
///
/// Nothing is taken from pods that stand: a gang of higher priority goes first, but waits where room is lacking.
package enum Placer {
    /// Places gangs one after the other, in the order given; each sees what the ones before it took.
    package static func place(_ gangs: [Gang], on cluster: Cluster) -> [GangPlacement] {
        var round = PlacementRound(FreeSpace(cluster, for: gangs))
        return gangs.map { round.place($0) }
    }

    /// The same in a cluster of which only the nodes matter.
    package static func place(_ gangs: [Gang], on nodes: [PlacementNode]) -> [GangPlacement] {
        place(gangs, on: Cluster(nodes: nodes))
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
    /// Pods without an assignment whose room is kept for them.
    package var held = 0
    /// What the answer cost: nodes tried for pods, and nodes looked at for pods.
    package var steps = 0
    package var looks = 0
}

/// What is carried from one gang to the next.
struct PlacementRound {
    private var space: FreeSpace
    /// Why sub-gangs of a shape did not fit. Room only shrinks while gangs are placed, so the next of the shape does
    /// not fit either.
    private var refused: [Attempt.Shape: Refusal] = [:]

    init(_ space: FreeSpace) { self.space = space }

    mutating func place(_ gang: Gang) -> GangPlacement {
        var placement = GangPlacement(gang: gang.name)
        guard let (required, optional) = gang.split() else {
            placement.refusal = .early
            return placement
        }
        var gang = gang
        placement.refusal = attempt(required, of: gang, isBegun: !gang.nodes.isEmpty, &placement)
        guard placement.refusal == nil else { return placement }
        for subGang in optional {
            gang.nodes.formUnion(placement.assignments.map(\.node))
            if let refusal = attempt([subGang], of: gang, isBegun: !subGang.nodes.isEmpty, &placement) {
                placement.waiting.append((subGang.name, refusal))
            }
        }
        return placement
    }

    /// Places sub-gangs at once; why not where they do not fit. Begun ones keep the room they could have.
    private mutating func attempt(
        _ subGangs: [SubGang], of gang: Gang, isBegun: Bool, _ placement: inout GangPlacement
    ) -> Refusal? {
        guard !subGangs.isEmpty else { return nil }
        var attempt = Attempt(subGangs, of: gang, &space)
        // Relations to other pods may be met by a gang that came between.
        let shape = space.relations == nil && !isBegun ? attempt.shape : nil
        if let shape, let known = refused[shape] { return known.about(attempt.podNames) }
        let outcome = attempt.run(space)
        placement.steps += attempt.steps
        placement.looks += attempt.looks
        switch outcome {
        case .placed(let items, let nodes):
            for (item, node) in zip(items, nodes) {
                space.take(item, family: gang.family, on: node)
                placement.assignments.append(Assignment(pod: item.pod.name, node: space.nodes[node].name))
            }
            return nil
        case .refused(let refusal, let held):
            if let shape { refused[shape] = refusal }
            guard isBegun else { return refusal }
            for (item, node) in held { space.take(item, family: gang.family, on: node) }
            placement.held += held.count
            return refusal
        }
    }
}
