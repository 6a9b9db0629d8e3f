/// The network between nodes as a tree of domains: sets of nodes with a tier, lower for closer.
///
/// 1. Domains stand by tier, then by name; none is empty.
/// 2. What a source says wrongly is left out, and said in `problems`.
package struct Fabric: Sendable, Hashable {
    /// A set of nodes that are close to each other.
    package struct Domain: Sendable, Hashable {
        package var name: String
        package var tier: Int
        package var tierName: String
        package var nodes: Set<String>
    }

    /// Where the domains come from.
    package enum Source: Sendable, Hashable {
        case hyperNodes
        case labels
    }

    package var source: Source
    package private(set) var domains: [Domain]
    /// One sentence for each thing that is wrong with the source, sorted.
    package private(set) var problems: [String]

    init(_ source: Source, _ domains: [Domain], problems: [String] = []) {
        self.source = source
        self.domains = domains.filter { !$0.nodes.isEmpty }.sorted { ($0.tier, $0.name) < ($1.tier, $1.name) }
        self.problems = problems.sorted()
    }

    /// No fabric is known.
    package static let unknown = Fabric(.labels, [])

    /// The fabric that HyperNodes declare or, where there are none, that labels of nodes do.
    package init(hyperNodes: [HyperNode], nodes: [PlacementNode], levels: [FabricLevel] = FabricLevel.defaults) {
        if hyperNodes.isEmpty {
            self = FabricLevel.fabric(of: nodes, levels)
        } else {
            var builder = HyperNodeTree(hyperNodes, nodes)
            self = builder.fabric()
        }
    }
}
