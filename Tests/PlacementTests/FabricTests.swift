import Placement
import Testing

/// How HyperNodes and labels of nodes become a tree of domains.
@Suite struct FabricTests {
    typealias Member = HyperNode.Member

    static let nodes = (0..<4).map { node("n\($0)", gpus: 8) }

    private static func hyperNode(_ name: String, _ tier: Int, _ members: [Member]) -> HyperNode {
        HyperNode(name: name, tier: tier, members: members)
    }

    struct Row: Sendable {
        var name: String
        var hyperNodes: [HyperNode]
        /// Nodes by domain.
        var domains: [String: [String]]
        var problems: [String] = []
    }

    static let leaves = [
        hyperNode("a", 1, [Member(.node, .name("n0")), Member(.node, .name("n1"))]),
        hyperNode("b", 1, [Member(.node, .pattern("^n[23]$"))]),
    ]

    static let sound = [
        Row(
            name: "names, patterns and HyperNodes",
            hyperNodes: leaves
                + [hyperNode("top", 2, [Member(.hyperNode, .name("a")), Member(.hyperNode, .pattern("b"))])],
            domains: ["a": ["n0", "n1"], "b": ["n2", "n3"], "top": ["n0", "n1", "n2", "n3"]]),
        Row(
            name: "labels",
            hyperNodes: [hyperNode("l", 1, [Member(.node, .labels([LabelRequirement("zone", .isIn, ["z"])]))])],
            domains: ["l": ["n3"]]),
    ]

    static let faulty = [
        Row(
            name: "dangling members",
            hyperNodes: [
                hyperNode(
                    "a", 2, [Member(.node, .name("n0")), Member(.node, .name("x")), Member(.hyperNode, .name("y"))])
            ],
            domains: ["a": ["n0"]],
            problems: [
                "HyperNode a: member HyperNode y does not exist", "HyperNode a: member node x does not exist",
            ]),
        Row(
            name: "a circle",
            hyperNodes: [
                hyperNode("a", 2, [Member(.hyperNode, .name("b")), Member(.node, .name("n0"))]),
                hyperNode("b", 1, [Member(.hyperNode, .name("a")), Member(.node, .name("n1"))]),
            ],
            domains: ["a": ["n0", "n1"], "b": ["n1"]],
            problems: ["HyperNode b: member a closes a circle (a > b > a) and is left out"]),
        Row(
            name: "a tier that is not lower",
            hyperNodes: leaves + [hyperNode("c", 1, [Member(.hyperNode, .name("a")), Member(.node, .name("n2"))])],
            domains: ["a": ["n0", "n1"], "b": ["n2", "n3"], "c": ["n2"]],
            problems: [
                "HyperNode c of tier 1: member a has tier 1, which is not lower, and is left out",
                "HyperNodes b and c of tier 1 share node n2; in a tree they do not",
            ]),
        Row(
            name: "two parents",
            hyperNodes: leaves
                + ["p", "q"].map { hyperNode($0, $0 == "p" ? 2 : 3, [Member(.hyperNode, .name("a"))]) },
            domains: ["a": ["n0", "n1"], "b": ["n2", "n3"], "p": ["n0", "n1"], "q": ["n0", "n1"]],
            problems: ["HyperNode a is a member of p and q; in a tree it has one parent"]),
        Row(
            name: "what cannot be read",
            hyperNodes: [
                hyperNode(
                    "a", 1,
                    [
                        Member(.node, .pattern("[")), Member(.node, .unreadable("no selector")),
                        Member(.hyperNode, .labels([])), Member(.node, .name("n0")),
                    ])
            ],
            domains: ["a": ["n0"]],
            problems: [
                "HyperNode a: labelMatch picks nodes only; name its HyperNodes instead", "HyperNode a: no selector",
                "HyperNode a: regexMatch \"[\" is no regular expression",
            ]),
    ]

    @Test(arguments: sound + faulty) func `HyperNodes are resolved and their faults are told`(row: Row) {
        var nodes = Self.nodes
        nodes[3].labels = ["zone": "z"]
        let fabric = Fabric(hyperNodes: row.hyperNodes, nodes: nodes)
        let domains = Dictionary(uniqueKeysWithValues: fabric.domains.map { ($0.name, $0.nodes.sorted()) })
        #expect(domains == row.domains, "\(row.name)")
        #expect(fabric.problems == row.problems, "\(row.name)")
        #expect(fabric == Fabric(hyperNodes: row.hyperNodes.reversed(), nodes: nodes.reversed()), "\(row.name): order")
    }

    @Test func `labels make nested domains, and a name may repeat under another parent`() {
        let paths = [("r1", "z1"), ("r1", "z2"), ("r2", "z2"), (nil, "z2")]
        let nodes = paths.enumerated().map { index, path in
            var node = node("n\(index)", gpus: 8)
            node.labels["topology.kubernetes.io/zone"] = path.1
            node.labels["network.topology.nvidia.com/leaf"] = path.0
            return node
        }
        let fabric = Fabric(hyperNodes: [], nodes: nodes)
        #expect(
            fabric.domains.map { "\($0.tier) \($0.name) \($0.nodes.sorted().joined())" } == [
                "1 leaf=r1,zone=z1 n0", "1 leaf=r1,zone=z2 n1", "1 leaf=r2,zone=z2 n2", "4 zone=z1 n0",
                "4 zone=z2 n1n2n3",
            ])
        #expect(fabric.source == .labels && fabric.problems.isEmpty)
        #expect(Fabric(hyperNodes: [], nodes: Self.nodes).domains.isEmpty)
    }
}
