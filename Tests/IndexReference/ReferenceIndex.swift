package import KVBlocks
package import KVIndex

/// What `KVIndex` means, written down literally: a set of blocks for each rank and tier.
package struct ReferenceIndex {
    private var held: [RankIndex: [KVTier: Set<BlockHash>]] = [:]

    package init() {}

    /// Takes what an engine said of a rank.
    package mutating func apply(_ event: KVEvent, rank: RankIndex) {
        switch event {
        case .stored(_, let blocks, let tier): held[rank, default: [:]][tier, default: []].formUnion(blocks)
        case .removed(let blocks, let tier): held[rank, default: [:]][tier, default: []].subtract(blocks)
        case .cleared: held[rank] = nil
        }
    }

    /// Forgets ranks.
    package mutating func remove(_ ranks: [RankIndex]) {
        for rank in ranks { held[rank] = nil }
    }

    /// What `KVIndex.matches` is to say.
    package func matches(_ chain: [BlockHash]) -> [PrefixMatch] {
        held.keys.sorted().compactMap { rank in
            let device = leading(chain, rank, [.device])
            let host = leading(chain, rank, [.device, .host])
            let disk = leading(chain, rank, [.device, .host, .disk])
            return disk == 0 ? nil : PrefixMatch(rank: rank, device: device, host: host, disk: disk)
        }
    }

    /// Distinct blocks that some rank holds.
    package var blocks: Set<BlockHash> {
        held.values.reduce(into: []) { all, tiers in tiers.values.forEach { all.formUnion($0) } }
    }

    /// Blocks that a rank holds in any tier.
    package func blockCount(_ rank: RankIndex) -> Int {
        held[rank, default: [:]].values.reduce(into: Set<BlockHash>()) { $0.formUnion($1) }.count
    }

    private func leading(_ chain: [BlockHash], _ rank: RankIndex, _ tiers: [KVTier]) -> Int {
        let sets = tiers.compactMap { held[rank]?[$0] }
        return chain.prefix { block in sets.contains { $0.contains(block) } }.count
    }
}
