/// A set of nodes that may hold pods together: a domain of the fabric, one node, or the whole cluster.
struct Scope {
    var name: String
    /// `Int.max` for the whole cluster.
    var tier: Int
    var tierName: String
    /// By number, ascending.
    var nodes: [Int]
    /// What the pods ask for may be there, as far as sums tell.
    var isRoomy: Bool
    /// How much of what the pods ask for is left: less is tighter.
    var left: Double

    /// The tier of a single node.
    static let hostTier = 0

    var isEverything: Bool { tier == .max }
    /// `tier-1 domain rack-3`.
    var text: String { "tier-\(tier) domain \(name)" }

    static func < (left: Scope, right: Scope) -> Bool { (left.tier, left.left) < (right.tier, right.left) }
}

/// The scopes that a limit leaves, best first, or why there are none.
enum Scopes {
    case open([Scope])
    case closed(String)
}

extension FreeSpace {
    /// Where pods that ask for `need` together may stand: lower tiers first, tighter domains first within a tier.
    ///
    /// `holding` are nodes that pods of the same unit stand on: they have to be in. `policy` names the limit.
    func scopes(_ limit: TierLimit?, policy: String, need: Need, holding: Set<Int>) -> Scopes {
        guard let limit else { return .open([scope(everything, need)]) }
        var numbers = Array(domains.indices.dropLast())
        if limit.mode == .hard {
            switch limit.ceiling(in: fabric) {
            case .missing(let what):
                return .closed(
                    "the hard limit of \(policy) (\(limit.text)) cannot be checked: \(what)\(problemsText)")
            case .host: return held(hosts(need), by: limit, policy, holding)
            case .tier(let highest): numbers.removeAll { domains[$0].tier > highest }
            }
        } else {
            numbers.append(everything)
        }
        return held(numbers.map { scope($0, need) }, by: limit, policy, holding)
    }

    /// The scopes that hold what stands already.
    private func held(_ scopes: [Scope], by limit: TierLimit, _ policy: String, _ holding: Set<Int>) -> Scopes {
        let left = holding.isEmpty ? scopes : scopes.filter { holding.isSubset(of: $0.nodes) }
        guard left.isEmpty, !scopes.isEmpty else { return .open(left.sorted(by: <)) }
        let names = holding.sorted().prefix(3).map { nodes[$0].name }.joined(separator: ", ")
        return .closed(
            "no domain within the hard limit of \(policy) (\(limit.text)) holds the nodes where its pods stand already "
                + "(\(names)\(holding.count > 3 ? ", …" : ""))\(problemsText)")
    }

    private func scope(_ domain: Int, _ need: Need) -> Scope {
        let one = domains[domain]
        let left = zip(need.columns, need.amounts).reduce(0) { $0 + Double(sums[domain][$1.0] - $1.1) * unit[$1.0] }
        return Scope(
            name: one.name, tier: one.tier, tierName: one.tierName, nodes: one.nodes,
            isRoomy: fits(need, in: domain), left: left)
    }

    private func hosts(_ need: Need) -> [Scope] {
        nodes.indices.map { node in
            Scope(
                name: nodes[node].name, tier: Scope.hostTier, tierName: FabricLevel.host, nodes: [node],
                isRoomy: room.fits(need, on: node), left: room.left(after: need, on: node, unit: unit))
        }
    }

    /// What is wrong with the HyperNodes, for the end of a sentence.
    var problemsText: String {
        guard let first = fabric.problems.first else { return "" }
        let more = fabric.problems.count == 1 ? "" : " (and \(fabric.problems.count - 1) more)"
        return "; \(first)\(more)"
    }
}
