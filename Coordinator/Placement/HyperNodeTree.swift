/// Resolves the members of HyperNodes to nodes.
///
/// 1. It ends for any input: a member that leads back to its own ancestor is left out.
/// 2. A member that is not there or is not of a lower tier is left out; the rest of its HyperNode stands.
struct HyperNodeTree {
    private let hyperNodes: [String: HyperNode]
    private let nodes: [PlacementNode]
    private let nodeNames: Set<String>
    private var resolved: [String: Set<String>] = [:]
    private var parents: [String: Set<String>] = [:]
    private var problems: Set<String> = []

    init(_ hyperNodes: [HyperNode], _ nodes: [PlacementNode]) {
        self.hyperNodes = Dictionary(hyperNodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.nodes = nodes
        nodeNames = Set(nodes.map(\.name))
    }

    mutating func fabric() -> Fabric {
        let domains = hyperNodes.keys.sorted().compactMap { name -> Fabric.Domain? in
            guard let hyperNode = hyperNodes[name] else { return nil }
            return Fabric.Domain(
                name: name, tier: hyperNode.tier, tierName: hyperNode.tierName, nodes: members(of: hyperNode, path: []))
        }
        noteOverlaps(domains)
        return Fabric(.hyperNodes, domains, problems: Array(problems))
    }

    private mutating func members(of hyperNode: HyperNode, path: [String]) -> Set<String> {
        if let known = resolved[hyperNode.name] { return known }
        var found: Set<String> = []
        for member in hyperNode.members {
            switch member.kind {
            case .node: found.formUnion(pickNodes(member.selector, hyperNode))
            case .hyperNode:
                for child in pickHyperNodes(member.selector, hyperNode) {
                    found.formUnion(members(of: child, below: hyperNode, path: path + [hyperNode.name]))
                }
            }
        }
        resolved[hyperNode.name] = found
        return found
    }

    private mutating func members(of child: HyperNode, below parent: HyperNode, path: [String]) -> Set<String> {
        if let start = path.firstIndex(of: child.name) {
            let circle = (path[start...] + [child.name]).joined(separator: " > ")
            problems.insert(
                "HyperNode \(parent.name): member \(child.name) closes a circle (\(circle)) and is left out")
            return []
        }
        guard child.tier < parent.tier else {
            problems.insert(
                "HyperNode \(parent.name) of tier \(parent.tier): member \(child.name) has tier \(child.tier), "
                    + "which is not lower, and is left out")
            return []
        }
        parents[child.name, default: []].insert(parent.name)
        return members(of: child, path: path)
    }

    private mutating func pickNodes(_ selector: HyperNode.Selector, _ owner: HyperNode) -> [String] {
        switch selector {
        case .name(let name):
            if nodeNames.contains(name) { return [name] }
            problems.insert("HyperNode \(owner.name): member node \(name) does not exist")
            return []
        case .pattern(let pattern):
            return matching(pattern, nodes.map(\.name), owner)
        case .labels(let requirements):
            return nodes.filter { node in requirements.allSatisfy { $0.holds(for: node.labels) } }.map(\.name)
        case .unreadable(let why):
            problems.insert("HyperNode \(owner.name): \(why)")
            return []
        }
    }

    private mutating func pickHyperNodes(_ selector: HyperNode.Selector, _ owner: HyperNode) -> [HyperNode] {
        switch selector {
        case .name(let name):
            if let child = hyperNodes[name] { return [child] }
            problems.insert("HyperNode \(owner.name): member HyperNode \(name) does not exist")
            return []
        case .pattern(let pattern):
            // A pattern that matches the HyperNode itself means the others.
            let names = hyperNodes.keys.filter { $0 != owner.name }.sorted()
            return matching(pattern, names, owner).compactMap { hyperNodes[$0] }
        case .labels:
            problems.insert("HyperNode \(owner.name): labelMatch picks nodes only; name its HyperNodes instead")
            return []
        case .unreadable(let why):
            problems.insert("HyperNode \(owner.name): \(why)")
            return []
        }
    }

    private mutating func matching(_ pattern: String, _ names: [String], _ owner: HyperNode) -> [String] {
        guard let regex = try? Regex(pattern) else {
            problems.insert("HyperNode \(owner.name): regexMatch \"\(pattern)\" is no regular expression")
            return []
        }
        return names.filter { (try? regex.firstMatch(in: $0)) != nil }
    }

    /// Overlapping domains stay as they are declared: each is a set of nodes that are close to each other.
    private mutating func noteOverlaps(_ domains: [Fabric.Domain]) {
        for (child, parents) in parents where parents.count > 1 {
            let names = parents.sorted().joined(separator: " and ")
            problems.insert("HyperNode \(child) is a member of \(names); in a tree it has one parent")
        }
        var owners: [String: (domain: String, tier: Int)] = [:]
        for domain in domains.sorted(by: { ($0.tier, $0.name) < ($1.tier, $1.name) }) {
            var isTold = false
            for node in domain.nodes.sorted() {
                if let other = owners[node], other.tier == domain.tier, !isTold {
                    isTold = true
                    problems.insert(
                        "HyperNodes \(other.domain) and \(domain.name) of tier \(domain.tier) share node \(node); "
                            + "in a tree they do not")
                }
                owners[node] = (domain.name, domain.tier)
            }
        }
    }
}
