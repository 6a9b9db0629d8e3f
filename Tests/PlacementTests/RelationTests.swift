import Placement
import Testing

/// What pods want of other pods, and ports, which only one of them can have.
@Suite struct RelationTests {
    static let app = PodSelector(namespaces: ["d"], requirements: [LabelRequirement("app", .isIn, ["x"])])
    static let near = PodTerm(topologyKey: "zone", selector: app)
    static let apart = PodTerm(topologyKey: "host", selector: app)

    /// Four nodes in two zones.
    static let nodes = (0..<4).map { index in
        var node = node("n\(index)", gpus: 8)
        node.labels = ["host": "n\(index)", "zone": "z\(index / 2)"]
        return node
    }

    static func relations(
        _ labels: [String: String] = ["app": "x"], affinity: [PodTerm] = [], antiAffinity: [PodTerm] = [],
        spread: [PodSpread] = []
    ) -> PodRelations {
        PodRelations(namespace: "d", labels: labels, affinity: affinity, antiAffinity: antiAffinity, spread: spread)
    }

    static func gang(_ pods: [PodRelations]) -> Gang {
        let demands = pods.enumerated().map {
            PodDemand(name: "p-\($0)", requests: amounts(["nvidia.com/gpu": 1]), relations: $1)
        }
        return Gang(name: "g", subGangs: [SubGang(name: "s", role: "r", pods: demands)])
    }

    struct Row: Sendable {
        var name: String
        var pods: [PodRelations]
        var standing: [StandingPod] = []
        /// The node of each pod, or the cause told.
        var nodes: [String] = []
        var cause: String?
    }

    static let spread = PodSpread(topologyKey: "zone", maxSkew: 1, selector: app)

    static let terms = [
        Row(
            name: "pods that keep apart", pods: Array(repeating: relations(antiAffinity: [apart]), count: 4),
            nodes: ["n0", "n1", "n2", "n3"]),
        Row(
            name: "one too many", pods: Array(repeating: relations(antiAffinity: [apart]), count: 5),
            cause: "4/4 nodes fit pod p-4, none of them beside the 4 placed before it (5 are needed at once)"),
        Row(
            name: "away from one that stands", pods: [relations(antiAffinity: [apart])],
            standing: [StandingPod(node: "n0", relations: relations())], nodes: ["n1"]),
        Row(
            name: "one that stands keeps others away", pods: [relations()],
            standing: [StandingPod(node: "n0", relations: relations(["a": "b"], antiAffinity: [near]))], nodes: ["n2"]),
        Row(
            name: "near one that stands", pods: [relations(affinity: [near])],
            standing: [StandingPod(node: "n3", relations: relations())], nodes: ["n2"]),
        Row(
            name: "the first of its kind", pods: Array(repeating: relations(affinity: [near]), count: 2),
            nodes: ["n0", "n0"]),
        Row(
            name: "near nobody", pods: [relations(["app": "y"], affinity: [near])],
            cause: "0/4 nodes fit pod p-0: 4 without a pod that pod affinity asks for"),
        Row(
            name: "another namespace does not count", pods: [relations(["app": "y"], affinity: [near])],
            standing: [
                StandingPod(node: "n3", relations: PodRelations(namespace: "e", labels: ["app": "x"]))
            ], cause: "0/4 nodes fit pod p-0: 4 without a pod that pod affinity asks for"),
    ]

    static let spreads = [
        Row(
            name: "spread over zones", pods: Array(repeating: relations(spread: [spread]), count: 4),
            nodes: ["n0", "n2", "n0", "n2"]),
        Row(
            name: "more in one zone already", pods: [relations(spread: [spread])],
            standing: [StandingPod(node: "n2", relations: relations())], nodes: ["n0"]),
        Row(
            name: "more zones than there are",
            pods: Array(
                repeating: relations(spread: [PodSpread(topologyKey: "zone", maxSkew: 1, minDomains: 3, selector: app)]
                ),
                count: 3),
            cause: "4/4 nodes fit pod p-2, none of them beside the 2 placed before it (3 are needed at once)"),
        Row(
            name: "no node has the label",
            pods: [relations(spread: [PodSpread(topologyKey: "rack", maxSkew: 1, selector: app)])],
            cause: "0/4 nodes fit pod p-0: 4 against the spread over rack"),
    ]

    @Test(arguments: terms + spreads) func `other pods decide where a pod may stand`(row: Row) {
        let cluster = Cluster(nodes: Self.nodes, standing: row.standing)
        let placed = Placer.place([Self.gang(row.pods)], on: cluster)[0]
        #expect(placed.assignments.sorted { $0.pod < $1.pod }.map(\.node) == row.nodes, "\(row.name)")
        #expect(placed.refusal?.description == row.cause, "\(row.name)")
    }

    struct PortRow: Sendable {
        var first: [String: Int64]
        var second: [String: Int64]
        var fits: Bool
    }

    static func port(_ port: Int, _ ip: String = "", _ protocolName: String = "TCP") -> [String: Int64] {
        HostPort.amounts(port: port, protocolName: protocolName, ip: ip)
    }

    static let ports = [
        PortRow(first: port(80), second: port(80), fits: false),
        PortRow(first: port(80), second: port(81), fits: true),
        PortRow(first: port(80), second: port(80, "", "UDP"), fits: true),
        PortRow(first: port(80, "10.0.0.1"), second: port(80, "10.0.0.2"), fits: true),
        PortRow(first: port(80, "10.0.0.1"), second: port(80, "10.0.0.1"), fits: false),
        PortRow(first: port(80, "10.0.0.1"), second: port(80, "0.0.0.0"), fits: false),
        PortRow(first: port(80, "::"), second: port(80, "fe80::1"), fits: false),
    ]

    @Test(arguments: ports) func `a host port is one pod's on a node`(row: PortRow) {
        let pods = [row.first, row.second].enumerated().map { PodDemand(name: "p-\($0)", requests: Resources($1)) }
        let gang = Gang(name: "g", subGangs: [SubGang(name: "s", role: "r", pods: pods)])
        let placed = Placer.place([gang], on: [node("a", gpus: 0)])[0]
        #expect(placed.assignments.count == (row.fits ? 2 : 0))
        var taken = node("a", gpus: 0)
        taken.used = Resources(row.first)
        let second = Gang(name: "g", subGangs: [SubGang(name: "s", role: "r", pods: [pods[1]])])
        let refusal = Placer.place([second], on: [taken])[0].refusal
        #expect((refusal == nil) == row.fits)
        #expect(
            row.fits || refusal?.description.contains("1 with host port TCP:80") == true,
            "\(refusal?.description ?? "")")
    }

    @Test func `a preferred node wins where nothing else decides`() {
        let wish = NodePreference(weight: 5, term: [NodeRequirement(.label("zone"), .isIn, ["z1"])])
        let pod = PodDemand(name: "p", requests: amounts(["nvidia.com/gpu": 1]), preferences: [wish])
        let gang = Gang(name: "g", subGangs: [SubGang(name: "s", role: "r", pods: [pod])])
        #expect(Placer.place([gang], on: Self.nodes)[0].assignments.map(\.node) == ["n2"])
    }
}
