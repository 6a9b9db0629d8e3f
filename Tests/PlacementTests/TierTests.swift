import Placement
import Testing

/// Hard and soft limits on how far apart pods may stand.
@Suite struct TierTests {
    /// Eight nodes of 8 GPUs: tier 1 `leaf-0` … `leaf-3` of two, tier 2 `spine-0` and `spine-1` of four.
    static func cluster(_ change: (inout [PlacementNode]) -> Void = { _ in }) -> Cluster {
        var nodes = (0..<8).map { node("n\($0)", gpus: 8) }
        change(&nodes)
        let leaves = (0..<4).map { leaf in
            HyperNode(
                name: "leaf-\(leaf)", tier: 1, tierName: "leaf",
                members: (0..<2).map { .init(.node, .name("n\(leaf * 2 + $0)")) })
        }
        let spines = (0..<2).map { spine in
            HyperNode(
                name: "spine-\(spine)", tier: 2, tierName: "spine",
                members: (0..<2).map { .init(.hyperNode, .name("leaf-\(spine * 2 + $0)")) })
        }
        return Cluster(nodes: nodes, fabric: Fabric(hyperNodes: leaves + spines, nodes: nodes))
    }

    static func use(_ gpus: Int64, on names: Set<String>) -> (inout [PlacementNode]) -> Void {
        { nodes in
            for index in nodes.indices where names.contains(nodes[index].name) {
                nodes[index].used = amounts(["nvidia.com/gpu": gpus])
            }
        }
    }

    static func gang(_ pods: Int, limit: TierLimit?, subGangLimit: TierLimit? = nil) -> Gang {
        Gang(
            name: "g", subGangs: (0..<pods).map { part("p-\($0)", [8], order: $0) }, limit: limit,
            subGangLimit: subGangLimit)
    }

    static func place(_ gang: Gang, _ cluster: Cluster = cluster()) -> GangPlacement {
        Placer.place([gang], on: cluster)[0]
    }

    struct Row: Sendable {
        var name: String
        var gang: Gang
        /// Nodes with 4 of their 8 GPUs taken.
        var busy: Set<String> = []
        /// The nodes used, or the refusal.
        var nodes: Set<String> = []
        var refusal: String?
    }

    static let rows = [
        Row(name: "one leaf", gang: gang(2, limit: TierLimit(.hard, tier: 1)), nodes: ["n0", "n1"]),
        Row(
            name: "the leaf that has room", gang: gang(2, limit: TierLimit(.hard, tier: 1)), busy: ["n0", "n3", "n4"],
            nodes: ["n6", "n7"]),
        Row(
            name: "too large for a leaf", gang: gang(3, limit: TierLimit(.hard, tier: 1)),
            refusal: "2/8 nodes fit pod p-2-0, none of them beside the 2 placed before it (3 are needed at once): "
                + "6 outside the tier-1 domain leaf-0; the tier-1 domain leaf-0 (2 nodes) comes closest"),
        Row(
            name: "the best leaf and what it lacks", gang: gang(2, limit: TierLimit(.hard, tier: 1)),
            busy: ["n0", "n1", "n2", "n4", "n6"],
            refusal: "1/8 nodes fit pod p-1-0, none of them beside the 1 placed before it (2 are needed at once): "
                + "1 too little nvidia.com/gpu (need 8, most free 4), 6 outside the tier-1 domain leaf-1; "
                + "the tier-1 domain leaf-1 (2 nodes) comes closest"),
        Row(
            name: "one spine", gang: gang(3, limit: TierLimit(.hard, tier: 2)), busy: ["n0", "n1"],
            nodes: ["n4", "n5", "n6"]),
        Row(name: "by name", gang: gang(2, limit: TierLimit(.hard, tierName: "leaf")), nodes: ["n0", "n1"]),
        Row(
            name: "the lower of number and name", gang: gang(3, limit: TierLimit(.hard, tier: 2, tierName: "leaf")),
            refusal: "2/8 nodes fit pod p-2-0, none of them beside the 2 placed before it (3 are needed at once): "
                + "6 outside the tier-1 domain leaf-0; the tier-1 domain leaf-0 (2 nodes) comes closest"),
        Row(
            name: "an unknown name", gang: gang(1, limit: TierLimit(.hard, tierName: "rack")),
            refusal: "the hard limit of groupPolicy (tier rack) cannot be checked: no tier that HyperNodes declare is "
                + "called \"rack\" (known are leaf, spine)"),
        Row(name: "one node", gang: gang(1, limit: TierLimit(.hard, tier: 0)), nodes: ["n0"]),
        Row(
            name: "not one node", gang: gang(2, limit: TierLimit(.hard, tier: 0)),
            refusal: "1/8 nodes fit pod p-1-0, none of them beside the 1 placed before it (2 are needed at once): "
                + "7 outside the tier-0 domain n0; the tier-0 domain n0 (1 nodes) comes closest"),
        Row(
            name: "more than the highest tier holds", gang: gang(5, limit: TierLimit(.hard, tier: 9)),
            refusal: "4/8 nodes fit pod p-4-0, none of them beside the 4 placed before it (5 are needed at once): "
                + "4 outside the tier-2 domain spine-0; the tier-2 domain spine-0 (4 nodes) comes closest"),
        Row(name: "soft, near", gang: gang(2, limit: TierLimit(.soft)), busy: ["n0", "n2"], nodes: ["n4", "n5"]),
        Row(
            name: "soft, further", gang: gang(3, limit: TierLimit(.soft, tier: 1)), busy: ["n0"],
            nodes: ["n1", "n2", "n3"]),
        Row(
            name: "soft, anywhere", gang: gang(5, limit: TierLimit(.soft, tierName: "rack")),
            nodes: ["n0", "n1", "n2", "n3", "n4"]),
    ]

    @Test(arguments: rows) func `a limit is kept`(row: Row) {
        let placed = Self.place(row.gang, Self.cluster(Self.use(4, on: row.busy)))
        #expect(Set(placed.assignments.map(\.node)) == row.nodes, "\(row.name)")
        #expect(placed.refusal?.description == row.refusal, "\(row.name)")
    }

    @Test(arguments: [
        (TierLimit(.hard, tier: 1), "tier 1"), (TierLimit(.hard, tierName: "leaf"), "tier leaf"),
        (TierLimit(.hard), "any tier"),
    ]) func `without a topology a hard limit refuses and says what is missing`(limit: TierLimit, text: String) {
        let cluster = Cluster(nodes: [node("a", gpus: 8)], fabric: .unknown)
        let refusal = Self.place(Self.gang(1, limit: limit), cluster).refusal
        #expect(
            refusal?.description == "the hard limit of groupPolicy (\(text)) cannot be checked: there are no "
                + "HyperNodes (topology.volcano.sh/v1alpha1) and no node carries a label of a known level")
        #expect(refusal?.isEarly == false)
        #expect(Self.place(Self.gang(1, limit: TierLimit(.soft, tier: 1)), cluster).assignments.count == 1)
    }

    @Test func `a tier below every declared one refuses`() {
        let nodes = [node("a", gpus: 8)]
        let fabric = Fabric(
            hyperNodes: [HyperNode(name: "s", tier: 2, members: [.init(.node, .name("a")), .init(.node, .name("b"))])],
            nodes: nodes)
        let refusal = Self.place(Self.gang(1, limit: TierLimit(.hard, tier: 1)), Cluster(nodes: nodes, fabric: fabric))
        #expect(
            refusal.refusal?.description == "the hard limit of groupPolicy (tier 1) cannot be checked: the lowest tier "
                + "that HyperNodes declare is 2; HyperNode s: member node b does not exist")
    }

    @Test func `role replicas each stay in a leaf inside the spine of the group`() throws {
        let gang = Gang(
            name: "g", subGangs: (0..<2).map { part("p-\($0)", [8, 8], order: $0) },
            limit: TierLimit(.hard, tier: 2), subGangLimit: TierLimit(.hard, tier: 1))
        let placed = Self.place(gang, Self.cluster(Self.use(4, on: ["n1"])))
        let nodes = placed.nodeOfPod
        #expect(Set([nodes["p-0-0"], nodes["p-0-1"]]) == ["n4", "n5"])
        #expect(Set([nodes["p-1-0"], nodes["p-1-1"]]) == ["n6", "n7"])
        let refused = Self.place(gang, Self.cluster(Self.use(4, on: ["n1", "n4"])))
        #expect(refused.assignments.isEmpty)
        let refusal = try #require(refused.refusal?.description)
        #expect(refusal.contains("outside the tier-1 domain leaf-"), "\(refusal)")
    }

    @Test func `a soft role limit keeps replicas near where it can`() {
        let gang = Gang(
            name: "g", subGangs: [part("p-0", [8, 8, 8]), part("p-1", [8, 8], order: 1)],
            subGangLimit: TierLimit(.soft, tier: 1))
        let nodes = Self.place(gang).nodeOfPod
        #expect(Set((0..<3).compactMap { nodes["p-0-\($0)"] }).isSubset(of: ["n0", "n1", "n2", "n3"]))
        #expect(Set((0..<2).compactMap { nodes["p-1-\($0)"] }) == ["n4", "n5"])
    }

    @Test func `a group that grows stays in the domain it stands in`() {
        var gang = Self.gang(1, limit: TierLimit(.hard, tier: 1))
        gang.nodes = ["n4"]
        #expect(Self.place(gang, Self.cluster(Self.use(4, on: ["n4"]))).assignments.map(\.node) == ["n5"])
        let full = Self.place(gang, Self.cluster(Self.use(4, on: ["n4", "n5"])))
        #expect(full.refusal?.description.contains("the tier-1 domain leaf-2 (2 nodes) comes closest") == true)
        gang.nodes = ["n0", "n4"]
        #expect(
            Self.place(gang).refusal?.description == "no domain within the hard limit of groupPolicy (tier 1) holds "
                + "the nodes where its pods stand already (n0, n4)")
        gang.limit = TierLimit(.soft)
        gang.nodes = ["n4"]
        #expect(Self.place(gang, Self.cluster(Self.use(4, on: ["n4"]))).assignments.map(\.node) == ["n5"])
    }

    @Test func `a begun gang that does not fit keeps the room it could have`() {
        var begun = Self.gang(2, limit: TierLimit(.hard, tier: 1))
        begun.nodes = ["n0"]
        let other = Gang(name: "o", subGangs: [part("o", [8])])
        let busy = Self.cluster(Self.use(4, on: ["n0", "n2", "n3", "n4", "n5", "n6", "n7"]))
        let placements = Placer.place([begun, other], on: busy)
        #expect(placements[0].assignments.isEmpty && placements[0].held == 1)
        #expect(placements[1].assignments.isEmpty, "n1 is kept")
        begun.nodes = []
        #expect(Placer.place([begun, other], on: busy)[1].assignments.map(\.node) == ["n1"])
    }
}
