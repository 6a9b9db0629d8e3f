import Placement
import Testing

/// What placements cost, counted: a step is a node tried for a pod, a look a node that was looked at for one.
@Suite struct SpeedTests {
    static let perLeaf = 8

    static func cluster(_ count: Int) -> Cluster {
        let nodes = (0..<count).map { node("n\($0)", gpus: 8) }
        let leaves = (0..<count / perLeaf).map { leaf in
            HyperNode(
                name: "leaf-\(leaf)", tier: 1,
                members: (0..<perLeaf).map { .init(.node, .name("n\(leaf * perLeaf + $0)")) })
        }
        let spines = (0..<max(1, count / 200)).map { spine in
            HyperNode(
                name: "spine-\(spine)", tier: 2,
                members: (0..<25).map { .init(.hyperNode, .name("leaf-\(spine * 25 + $0)")) })
        }
        return Cluster(nodes: nodes, fabric: Fabric(hyperNodes: leaves + spines, nodes: nodes))
    }

    struct Row: Sendable {
        var name: String
        var nodes: Int
        var gangs: Int
        /// GPUs of each pod.
        var pods: [Int64]
        var limit: TierLimit?
        /// At most so many looks for a pod.
        var looks: Int
    }

    static let rows = [
        Row(name: "500 gangs of 2 on 200 nodes", nodes: 200, gangs: 500, pods: [1, 2], looks: 200),
        Row(
            name: "500 gangs of 2 within a leaf", nodes: 200, gangs: 500, pods: [1, 2],
            limit: TierLimit(.hard, tier: 1), looks: perLeaf),
        Row(
            name: "a gang of 64 on 2,000 nodes", nodes: 2_000, gangs: 1, pods: Array(repeating: 8, count: 64),
            looks: 2_000),
        Row(
            name: "a gang of 64 within a spine", nodes: 2_000, gangs: 1, pods: Array(repeating: 8, count: 64),
            limit: TierLimit(.hard, tier: 2), looks: 200),
    ]

    @Test(arguments: rows) func `a pod takes one step and few looks`(row: Row) {
        let gangs = (0..<row.gangs).map { index in
            Gang(name: "g\(index)", subGangs: [part("g\(index)", row.pods)], limit: row.limit)
        }
        let cluster = Self.cluster(row.nodes)
        var placements: [GangPlacement] = []
        let time = ContinuousClock().measure { placements = Placer.place(gangs, on: cluster) }
        let pods = row.gangs * row.pods.count
        #expect(placements.reduce(0) { $0 + $1.assignments.count } == pods, "\(row.name)")
        #expect(placements.reduce(0) { $0 + $1.steps } == pods, "\(row.name)")
        #expect(placements.reduce(0) { $0 + $1.looks } <= pods * row.looks, "\(row.name) took \(time)")
    }

    @Test func `what did not fit once is not searched for again`() {
        let gangs = (0..<100).map { Gang(name: "g\($0)", subGangs: [part("g\($0)", [8, 8, 8])]) }
        let placements = Placer.place(gangs, on: (0..<2).map { node("n\($0)", gpus: 8) })
        #expect(placements.allSatisfy { $0.refusal != nil })
        #expect(placements.dropFirst().allSatisfy { $0.looks == 0 })
        #expect(placements[99].refusal?.pod == "g99-2")
    }
}
