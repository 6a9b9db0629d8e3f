/// What happens at the memory cap.
extension KVIndex {
    /// Each time room is needed and the table may not grow, one in this many blocks leaves.
    private static let evictionShare = 16
    private static let ageClasses = 1024

    /// A block can be taken in without another granule and without a larger table.
    func hasRoom(for key: UInt64) -> Bool {
        arena.count + 1 < (arena.granuleCount - 1) * BlockArena.granuleBlocks && table.growthBytes(for: key) == 0
    }

    /// Drops the coldest sixteenth (at least one block), found by a histogram of ages: two passes, no sorting.
    func evictColdest() {
        var quota = max(1, arena.count / Self.evictionShare)
        let target = arena.count - quota
        let width = max(1, clock / UInt32(Self.ageClasses) + 1)
        var histogram = Array(repeating: 0, count: Self.ageClasses + 1)
        for granule in 1..<arena.granuleCount {
            histogram[Int(arena.stamp(granule) / width)] += arena.usedCount(granule)
        }
        // All classes before the border leave; of the border class the last by number fill the quota.
        var border = 0
        while histogram[border] < quota {
            quota -= histogram[border]
            border += 1
        }
        var fromBorder = quota
        for granule in (1..<arena.granuleCount).reversed() where arena.count > target {
            let age = Int(arena.stamp(granule) / width)
            guard age < border || (age == border && fromBorder > 0) else { continue }
            for number in BlockArena.numbers(of: granule).reversed()
            where arena.set(number) != HolderSets.empty && (age < border || fromBorder > 0) {
                if age == border { fromBorder -= 1 }
                exchange(arena.set(number), for: HolderSets.empty, of: number)
                countEvicted()
            }
        }
    }
}

/// How full the index is.
package struct KVIndexStatistics: Sendable, Hashable {
    /// Distinct blocks that somebody holds.
    package var blocks: Int
    /// Distinct sets of holders.
    package var holderSets: Int
    /// Bytes taken by tables and sets.
    package var byteCount: Int
    /// Blocks forgotten because of the cap.
    package var evicted: Int
    /// Memberships not taken in because of the cap.
    package var refused: Int
}

extension KVIndex {
    package var statistics: KVIndexStatistics {
        KVIndexStatistics(
            blocks: arena.count, holderSets: sets.count, byteCount: byteCount,
            evicted: evicted, refused: refused)
    }

    /// Blocks each rank holds, a block in two tiers counted once; one pass over everything, for diagnosis.
    package func blockCounts() -> [RankIndex: Int] {
        var uses: [HolderSets.ID: Int] = [:]
        arena.forEachTaken { uses[$1, default: 0] += 1 }
        var result: [RankIndex: Int] = [:]
        for (set, count) in uses {
            for word in 0..<sets.view.wordsPerTier {
                var ranks = sets.view.anyTier(set, word)
                while ranks != 0 {
                    let rank = RankIndex(UInt32(word * 64 + ranks.trailingZeroBitCount))
                    result[rank, default: 0] += count
                    ranks &= ranks - 1
                }
            }
        }
        return result
    }
}

extension SetWords.View {
    /// The ranks of one word that a set holds in any tier.
    func anyTier(_ set: HolderSets.ID, _ word: Int) -> UInt64 {
        (0..<tierCount).reduce(0) { $0 | self[set, $1 * wordsPerTier + word] }
    }
}
