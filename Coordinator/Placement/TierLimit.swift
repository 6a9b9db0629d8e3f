/// How close together, in the tree of the fabric, pods have to stand.
package struct TierLimit: Sendable, Hashable {
    /// Whether the limit holds or is a wish.
    package enum Mode: Sendable {
        /// All within one domain of a tier up to the limit; else the gang waits.
        case hard
        /// The lowest domain that takes all, and the whole cluster where none does.
        case soft
    }

    package var mode: Mode
    /// The highest tier allowed; nil for none by number.
    package var tier: Int?
    /// The same by the tier's name; where both are given the lower one counts.
    package var tierName: String?

    package init(_ mode: Mode, tier: Int? = nil, tierName: String? = nil) {
        self.mode = mode
        self.tier = tier
        self.tierName = tierName
    }

    /// `tier 1`, `tier rack`.
    var text: String {
        let parts = [tier.map { "tier \($0)" }, tierName.map { "tier \($0)" }].compactMap { $0 }
        return parts.isEmpty ? "any tier" : parts.joined(separator: " and ")
    }

    /// What a hard limit comes to in a fabric.
    enum Ceiling: Equatable {
        /// One domain of at most this tier.
        case tier(Int)
        /// One node.
        case host
        /// It cannot be checked; the text says what is missing.
        case missing(String)
    }

    /// Fails closed: a limit that the fabric does not know is never taken for none.
    func ceiling(in fabric: Fabric) -> Ceiling {
        var highest = Int.max
        if let tier { highest = tier }
        if let tierName, !tierName.isEmpty {
            let named = fabric.domains.filter { $0.tierName == tierName }.map(\.tier).min()
            if named == nil, fabric.source == .labels, tierName == FabricLevel.host { return .host }
            guard let named else { return .missing(unknownName(tierName, fabric)) }
            highest = min(highest, named)
        }
        guard let lowest = fabric.domains.first?.tier else { return highest <= 0 ? .host : .missing(Self.nothing) }
        if highest < lowest {
            return highest <= 0
                ? .host : .missing("the lowest tier that \(Self.words(fabric.source)) declare is \(lowest)")
        }
        return .tier(highest)
    }

    private static let nothing =
        "there are no HyperNodes (topology.volcano.sh/v1alpha1) and no node carries a label of a known level"

    private func unknownName(_ name: String, _ fabric: Fabric) -> String {
        if fabric.domains.isEmpty { return Self.nothing }
        var known: [String] = []
        for domain in fabric.domains where !domain.tierName.isEmpty && !known.contains(domain.tierName) {
            known.append(domain.tierName)
        }
        let list = known.isEmpty ? "none has a name" : "known are \(known.joined(separator: ", "))"
        return "no tier that \(Self.words(fabric.source)) declare is called \"\(name)\" (\(list))"
    }

    private static func words(_ source: Fabric.Source) -> String {
        switch source {
        case .hyperNodes: "HyperNodes"
        case .labels: "labels of nodes"
        }
    }
}
