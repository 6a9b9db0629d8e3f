import KubernetesAPI
import KubernetesClient
import Placement
import ServingAPI

/// What pod placement knows: nodes, pods, ModelServings and HyperNodes from informers, and its own bindings that the
/// watch does not show yet.
struct PlacementState: Sendable {
    private var nodes: [String: PlacementNode] = [:]
    private var hyperNodes: [String: HyperNode] = [:]
    private var servings: [String: ModelServing] = [:]
    private(set) var pods = PodTable()
    /// Made when it is asked for, from the nodes and HyperNodes there are.
    private var fabric: Fabric?

    /// All that one round of placement looks at.
    struct Round: Sendable {
        /// Gangs with pods that wait, the most urgent first.
        var gangs: [Gang] = []
        var cluster = Cluster(nodes: [])
        /// The pods of those gangs by name.
        var pods: [String: Pod] = [:]
    }

    /// Takes a change; whether it may let a pod be placed, or needs one to be.
    mutating func apply(_ event: InformerEvent) -> Bool {
        switch event.object.kind {
        case "Node": applyNode(event)
        case "HyperNode": applyHyperNode(event)
        case "ModelServing": applyServing(event)
        case "Pod":
            if case .deleted(let object) = event { pods.remove(Pod(object)) } else { pods.put(Pod(event.object)) }
        default: false
        }
    }

    /// A binding is about to be sent; false where the pod or the node is not what the plan saw.
    mutating func assume(_ pod: Pod, on node: String) -> Bool {
        nodes[node] != nil && pods.assume(pod.key, uid: pod.uid, on: node)
    }

    mutating func confirm(_ pod: Pod) { pods.confirm(pod.uid) }

    mutating func forget(_ pod: Pod) { pods.forget(pod.key, uid: pod.uid) }

    func hasNode(_ name: String) -> Bool { nodes[name] != nil }

    /// What waits now for these schedulers; empty where nothing does.
    mutating func round(for schedulerNames: Set<String>) -> Round {
        let builder = GangBuilder(servings: servings, schedulerNames: schedulerNames)
        var waiting: [GangBuilder.Draft] = []
        for group in pods.waiting {
            let members = pods.members(of: group).map { (facts: $0, node: pods.node(of: $0)) }
            if let draft = builder.draft(members) { waiting.append(draft) }
        }
        guard !waiting.isEmpty else { return Round() }
        let seesPods = pods.hasRepellingPods || waiting.contains { $0.waiting.contains { $0.relations != nil } }
        var round = Round()
        round.gangs = builder.gangs(waiting, seesPods: seesPods)
        for facts in waiting.flatMap(\.waiting) { round.pods[facts.pod.key.description] = facts.pod }
        round.cluster = Cluster(nodes: nodes.values.map { pods.loaded($0) }, fabric: currentFabric())
        if seesPods { round.cluster.standing = standing() }
        return round
    }

    private func standing() -> [StandingPod] {
        pods.all.compactMap { facts in
            guard let node = pods.node(of: facts), !facts.hasEnded else { return nil }
            let relations =
                facts.relations ?? PodRelations(namespace: facts.pod.key.namespace, labels: facts.pod.object.labels)
            return StandingPod(node: node, relations: relations)
        }
    }

    private mutating func currentFabric() -> Fabric {
        if let fabric { return fabric }
        let made = Fabric(hyperNodes: Array(hyperNodes.values), nodes: Array(nodes.values))
        fabric = made
        return made
    }

    private mutating func applyNode(_ event: InformerEvent) -> Bool {
        let name = event.object.name
        let before = nodes[name]
        if case .deleted = event { nodes[name] = nil } else { nodes[name] = NodeReader.node(event.object) }
        if nodes[name]?.labels != before?.labels { fabric = nil }
        return nodes[name] != before
    }

    private mutating func applyHyperNode(_ event: InformerEvent) -> Bool {
        let name = event.object.name
        let before = hyperNodes[name]
        if case .deleted = event { hyperNodes[name] = nil } else { hyperNodes[name] = HyperNode(event.object) }
        guard hyperNodes[name] != before else { return false }
        fabric = nil
        return true
    }

    private mutating func applyServing(_ event: InformerEvent) -> Bool {
        let object = event.object
        let before = servings[object.uid]?.spec
        if case .deleted = event {
            servings[object.uid] = nil
            return false
        }
        // A spec that cannot be read leaves the one before in force.
        if let serving = try? ModelServing(object) { servings[object.uid] = serving }
        return servings[object.uid]?.spec != before
    }
}
