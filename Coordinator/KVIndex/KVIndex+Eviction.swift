/// What happens at the memory cap.
extension KVIndex {
    /// Each time room is needed and the table may not grow, one in this many blocks leaves.
    private static let evictionShare = 16
    private static let ageClasses = 1024

    mutating func makeRoomForBlock() {
        if !table.grow(bytesMax: tableBytesMax) { evictColdest() }
    }

    /// Drops the coldest sixteenth (at least one block), found by a histogram of ages: two passes, no sorting.
    mutating func evictColdest() {
        var quota = max(1, table.count / Self.evictionShare)
        let target = table.count - quota
        let width = max(1, clock / UInt32(Self.ageClasses) + 1)
        var histogram = Array(repeating: 0, count: Self.ageClasses + 1)
        for slot in table.slots where slot.set != HolderSets.empty { histogram[Int(slot.stamp / width)] += 1 }
        // All classes before the border leave; of the border class the coldest by place fill the quota.
        var border = 0
        while histogram[border] < quota {
            quota -= histogram[border]
            border += 1
        }
        var fromBorder = quota
        var place = 0
        while place < table.slots.count, table.count > target {
            let slot = table.slots[place]
            let age = Int(slot.stamp / width)
            guard slot.set != HolderSets.empty, age < border || (age == border && fromBorder > 0) else {
                place += 1
                continue
            }
            if age == border { fromBorder -= 1 }
            exchange(slot.set, for: HolderSets.empty, at: place)
            evicted += 1
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
            blocks: table.count, holderSets: sets.count, byteCount: table.byteCount + sets.byteCount,
            evicted: evicted, refused: refused)
    }

    /// Blocks each rank holds, a block in two tiers counted once; one pass over everything, for diagnosis.
    package func blockCounts() -> [RankIndex: Int] {
        var uses: [HolderSets.ID: Int] = [:]
        for slot in table.slots where slot.set != HolderSets.empty { uses[slot.set, default: 0] += 1 }
        var result: [RankIndex: Int] = [:]
        for (set, count) in uses {
            for word in 0..<sets.wordsPerTier {
                var ranks = sets.anyTier(set, word)
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

extension HolderSets {
    /// The ranks of one word that a set holds in any tier.
    func anyTier(_ set: ID, _ word: Int) -> UInt64 {
        var result: UInt64 = 0
        for tier in 0..<tierCount { result |= words[Int(set) * stride + tier * wordsPerTier + word] }
        return result
    }
}
