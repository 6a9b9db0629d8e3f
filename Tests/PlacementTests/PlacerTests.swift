import Placement
import Testing

@Suite struct PlacerTests {
    @Test func `a gang that fits stands whole, a role replica on one node`() throws {
        let gang = Gang(name: "g", subGangs: [part("p-0", [4, 4]), part("p-1", [4, 4], order: 1)])
        let placed = Placer.place([gang], on: [node("a", gpus: 8), node("b", gpus: 8), node("c", gpus: 4)])
        let nodes = try #require(placed.first).nodeOfPod
        #expect(nodes == ["p-0-0": "a", "p-0-1": "a", "p-1-0": "b", "p-1-1": "b"])
    }

    @Test func `no pod of a gang is placed when its minimum does not fit`() throws {
        let gang = Gang(name: "g", subGangs: [part("p-0", [8]), part("p-1", [8], order: 1)])
        var cordoned = node("c", gpus: 8)
        cordoned.isUnschedulable = true
        let placed = try #require(Placer.place([gang], on: [node("a", gpus: 8), node("b", gpus: 4), cordoned]).first)
        #expect(placed.assignments.isEmpty)
        let refusal = try #require(placed.refusal)
        #expect(refusal.pod == "p-1-0")
        #expect(refusal.placedBefore == 1)
        #expect(
            refusal.description == "1/3 nodes fit pod p-1-0, none of them beside the 1 placed before it (2 are needed "
                + "at once): 1 cordoned, 1 too little nvidia.com/gpu (need 8, most free 4)")
    }

    @Test func `role replicas beyond the minimum are best effort and whole`() throws {
        let gang = Gang(
            name: "g", subGangs: [part("p-0", [8, 8]), part("p-1", [8, 8], order: 1)], minimum: ["r": 1])
        let three = (0..<3).map { node("n\($0)", gpus: 8) }
        let placed = try #require(Placer.place([gang], on: three).first)
        #expect(placed.refusal == nil)
        #expect(Set(placed.assignments.map(\.pod)) == ["p-0-0", "p-0-1"])
        #expect(placed.waiting.map(\.subGang) == ["p-1"])
        let four = try #require(Placer.place([gang], on: three + [node("n3", gpus: 8)]).first)
        #expect(four.assignments.count == 4)
    }

    @Test func `a gang waits until enough of its role replicas exist`() throws {
        let gang = Gang(name: "g", subGangs: [part("p-0", [1])], minimum: ["r": 2])
        let placed = try #require(Placer.place([gang], on: [node("a", gpus: 8)]).first)
        #expect(placed.assignments.isEmpty)
        #expect(placed.refusal?.isEarly == true)
        var begun = gang
        begun.placed = ["r": 1]
        #expect(Placer.place([begun], on: [node("a", gpus: 8)]).first?.assignments.count == 1)
    }

    @Test(arguments: [(family: "m", gpus: 0, nodes: ["a", "b"]), ("", 0, ["a", "a"]), ("m", 2, ["a", "a"])])
    func `gangs of one family keep apart unless they ask for devices, others fill up nodes`(
        family: String, gpus: Int64, expected: [String]
    ) {
        let nodes = [node("a", gpus: 8), node("b", gpus: 8)]
        let gangs = (0..<2).map { index in
            Gang(
                name: "g\(index)", family: family.isEmpty ? "m\(index)" : family,
                subGangs: [part("g\(index)", [gpus])])
        }
        #expect(Placer.place(gangs, on: nodes).flatMap(\.assignments).map(\.node) == expected)
    }

    @Test func `greedy choices are taken back where a later pod needs the room`() throws {
        // The best fit for the first pods would leave no node for the constrained one.
        let only = NodeConstraints(nodeSelector: ["disk": "fast"])
        var fast = node("a", gpus: 4)
        fast.labels = ["disk": "fast"]
        let gang = Gang(
            name: "g",
            subGangs: [
                SubGang(name: "x", role: "x", pods: [pod("x-0", gpus: 4)]),
                SubGang(name: "y", role: "y", pods: [pod("y-0", gpus: 4, only)]),
            ])
        let placed = try #require(Placer.place([gang], on: [fast, node("b", gpus: 6)]).first)
        #expect(placed.nodeOfPod == ["x-0": "b", "y-0": "a"])
    }

    struct Row: Sendable {
        var name: String
        var constraints = NodeConstraints()
        var change: @Sendable (inout PlacementNode) -> Void
        /// What the refusal counts, or nil where the node takes the pod.
        var text: String?
    }

    static let rows = [
        Row(name: "plain", change: { _ in }),
        Row(name: "cordoned", change: { $0.isUnschedulable = true }, text: "1 cordoned"),
        Row(name: "not ready", change: { $0.isReady = false }, text: "1 not ready"),
        Row(
            name: "tainted", change: { $0.taints = [Taint(key: "gpu", effect: "NoSchedule")] },
            text: "1 with taint gpu that is not tolerated"),
        Row(
            name: "tolerated",
            constraints: NodeConstraints(tolerations: [Toleration(key: "gpu", value: nil, effect: "")]),
            change: { $0.taints = [Taint(key: "gpu", value: "x", effect: "NoExecute")] }),
        Row(
            name: "tolerates another value",
            constraints: NodeConstraints(tolerations: [Toleration(key: "gpu", value: "y", effect: "NoSchedule")]),
            change: { $0.taints = [Taint(key: "gpu", value: "x", effect: "NoSchedule")] },
            text: "1 with taint gpu that is not tolerated"),
        Row(name: "soft taint", change: { $0.taints = [Taint(key: "gpu", effect: "PreferNoSchedule")] }),
        Row(
            name: "selector", constraints: NodeConstraints(nodeSelector: ["zone": "a"]), change: { _ in },
            text: "1 not matching nodeSelector or node affinity"),
        Row(
            name: "one of two terms",
            constraints: NodeConstraints(affinityTerms: [
                [NodeRequirement(.label("gen"), .isGreater, ["5"])],
                [NodeRequirement(.label("gen"), .isLess, ["3"]), NodeRequirement(.nodeName, .isIn, ["a"])],
            ]), change: { $0.labels = ["gen": "2"] }),
        Row(
            name: "no term", constraints: NodeConstraints(affinityTerms: []), change: { _ in },
            text: "1 not matching nodeSelector or node affinity"),
        Row(
            name: "too little memory", change: { $0.allocatable = amounts(["nvidia.com/gpu": 1]) },
            text: "1 too little memory (need 1.5Gi, most free 0)"),
    ]

    @Test(arguments: rows) func `a node refuses for a reason`(row: Row) throws {
        var node = PlacementNode(
            name: "a", allocatable: amounts(["nvidia.com/gpu": 1, "memory": 4 << 30]))
        row.change(&node)
        let pod = PodDemand(
            name: "p", requests: amounts(["nvidia.com/gpu": 1, "memory": 3 << 29]), constraints: row.constraints)
        let gang = Gang(name: "g", subGangs: [SubGang(name: "s", role: "r", pods: [pod])])
        let placed = try #require(Placer.place([gang], on: [node]).first)
        #expect(placed.refusal?.description == row.text.map { "0/1 nodes fit pod p: \($0)" }, "\(row.name)")
        #expect(placed.assignments.count == (row.text == nil ? 1 : 0))
    }

    @Test func `without nodes a gang is refused`() {
        let placed = Placer.place([Gang(name: "g", subGangs: [part("p", [1])])], on: [])
        #expect(placed.first?.refusal?.description == "0/0 nodes fit pod p-0")
        #expect(placed.first?.refusal?.isEarly == false)
    }
}
