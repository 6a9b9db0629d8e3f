import Placement
import TestKit
import Testing

/// Random gangs with limits on random fabrics, checked against trying every arrangement.
///
/// 1. What is placed keeps both limits and over-books nothing.
/// 2. A gang is refused exactly where no arrangement exists.
/// 3. The answer does not depend on the order of the input.
@Suite struct TierPropertyTests {
    struct Case {
        var gang: Gang
        var cluster: Cluster
    }

    private static func random(_ random: inout SeededRandom) -> Case {
        let nodes = (0..<Int.random(in: 2...5, using: &random)).map { index in
            var node = node("n\(index)", gpus: .random(in: 3...8, using: &random))
            node.used = amounts(["nvidia.com/gpu": .random(in: 0...3, using: &random)])
            return node
        }
        // Members at random: overlaps and nodes outside every domain are part of the game.
        var hyperNodes: [HyperNode] = []
        for index in 0..<Int.random(in: 0...3, using: &random) {
            let members = nodes.filter { _ in Bool.random(using: &random) }
            hyperNodes.append(
                HyperNode(
                    name: "leaf-\(index)", tier: 1, tierName: "leaf",
                    members: members.map { .init(.node, .name($0.name)) }))
        }
        if Bool.random(using: &random) {
            hyperNodes.append(
                HyperNode(name: "top", tier: 2, tierName: "top", members: [.init(.hyperNode, .pattern("leaf-[01]"))]))
        }
        var pods = 0
        let parts = (0..<Int.random(in: 1...2, using: &random)).map { index in
            let size = Int.random(in: 1...2, using: &random)
            pods += size
            return part("p-\(index)", (0..<size).map { _ in .random(in: 1...6, using: &random) }, order: index)
        }
        var gang = Gang(name: "g", subGangs: parts)
        gang.limit = limit(&random)
        gang.subGangLimit = limit(&random)
        return Case(gang: gang, cluster: Cluster(nodes: nodes, fabric: Fabric(hyperNodes: hyperNodes, nodes: nodes)))
    }

    private static func limit(_ random: inout SeededRandom) -> TierLimit? {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: TierLimit(.hard, tier: 1)
        case 1: TierLimit(.hard, tier: 2)
        case 2: TierLimit(.hard, tierName: "top")
        case 3: TierLimit(.hard, tier: 0)
        case 4: TierLimit(.soft, tier: 1)
        default: nil
        }
    }

    /// Whether nodes are within a limit, by the words of the specification.
    private static func keeps(_ nodes: [String], _ limit: TierLimit?, _ fabric: Fabric) -> Bool {
        guard let limit, limit.mode == .hard else { return true }
        if limit.tier == 0 { return Set(nodes).count == 1 }
        var highest = limit.tier ?? .max
        if let name = limit.tierName {
            guard let tier = fabric.domains.filter({ $0.tierName == name }).map(\.tier).min() else { return false }
            highest = min(highest, tier)
        }
        return fabric.domains.contains { $0.tier <= highest && $0.nodes.isSuperset(of: nodes) }
    }

    private static func keepsBoth(_ nodes: [String: String], _ input: Case) -> Bool {
        let fabric = input.cluster.fabric
        return keeps(Array(nodes.values), input.gang.limit, fabric)
            && input.gang.subGangs.allSatisfy { part in
                keeps(part.pods.compactMap { nodes[$0.name] }, input.gang.subGangLimit, fabric)
            }
    }

    private static func exists(
        _ input: Case, _ pods: ArraySlice<PodDemand>, _ chosen: [String: String], _ nodes: [PlacementNode]
    ) -> Bool {
        guard let pod = pods.first else { return keepsBoth(chosen, input) }
        return nodes.indices.contains { index in
            guard pod.requests.fits(in: nodes[index].free) else { return false }
            var nodes = nodes
            nodes[index].used += pod.requests
            return exists(input, pods.dropFirst(), chosen.merging([pod.name: nodes[index].name]) { $1 }, nodes)
        }
    }

    @Test(arguments: 0..<600) func `limits are kept and nothing that fits is refused`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &+ 90_000)
        let input = Self.random(&random)
        let placed = Placer.place([input.gang], on: input.cluster)[0]
        let pods = input.gang.subGangs.flatMap(\.pods)
        let exists = Self.exists(input, pods[...], [:], input.cluster.nodes)
        #expect((placed.refusal == nil) == exists, "seed \(seed): \(placed.refusal?.description ?? "placed")")
        var shuffled = input.cluster
        shuffled.nodes.shuffle(using: &random)
        #expect(Placer.place([input.gang], on: shuffled)[0].assignments == placed.assignments, "seed \(seed)")
        guard placed.refusal == nil else { return }
        #expect(placed.nodeOfPod.count == pods.count && Self.keepsBoth(placed.nodeOfPod, input), "seed \(seed)")
        for node in input.cluster.nodes {
            let used = pods.filter { placed.nodeOfPod[$0.name] == node.name }.reduce(into: node.used) {
                $0 += $1.requests
            }
            #expect(used.fits(in: node.allocatable), "seed \(seed): \(node.name) is over-booked")
        }
    }
}
