import KVBlocks
import KVIndex

/// A seeded life of an index beside the literal reference: shared prefixes, holes, duplicates, tiers, clears and ranks
/// that leave.
package struct IndexComparison: Sendable {
    /// Look-ups of one run.
    package static let lookups = 1050

    private let seed: Int
    private let chains: Int
    private let lengthMax: Int

    package init(seed: Int, chains: Int = 40, lengthMax: Int = 40) {
        self.seed = seed
        self.chains = chains
        self.lengthMax = lengthMax
    }

    /// What differed first; nil when nothing did.
    package func run() -> String? {
        var work = Workload(seed: UInt64(seed), chainCount: chains, lengthMax: lengthMax)
        let index = KVIndex(bytesMax: 16 << 20)
        var reference = ReferenceIndex()
        var ranks = (0..<(seed % 7 == 0 ? 70 : 6)).compactMap { _ in index.makeRank() }
        for step in 0..<Self.lookups {
            let slot = work.next(ranks.count)
            let event = work.event()
            index.apply(event, rank: ranks[slot])
            reference.apply(event, rank: ranks[slot])
            if step % 211 == 210 {
                index.remove(ranks[slot])
                index.reuseRanks()
                reference.remove([ranks[slot]])
                guard let made = index.makeRank() else { return "seed \(seed), step \(step): no rank is left" }
                ranks[slot] = made
            }
            let chain = work.chain()
            let (found, expected) = (index.matches(chain), reference.matches(chain))
            if found != expected { return "seed \(seed), step \(step): \(found) instead of \(expected)" }
        }
        return difference(atTheEndOf: index, reference, ranks)
    }

    private func difference(atTheEndOf index: KVIndex, _ reference: ReferenceIndex, _ ranks: [RankIndex]) -> String? {
        guard index.statistics.blocks == reference.blocks.count else { return "seed \(seed): another count of blocks" }
        let counts = index.blockCounts()
        for rank in ranks where counts[rank, default: 0] != reference.blockCount(rank) {
            return "seed \(seed): another count of blocks of rank \(rank.value)"
        }
        index.remove(ranks)
        let left = index.statistics
        return left.blocks == 0 && left.holderSets == 0 ? nil : "seed \(seed): blocks that nobody holds are left"
    }
}
