package import KVBlocks

/// Which ranks hold which blocks, and for a prompt how much of its beginning each of them holds.
///
/// 1. A rank holds a block in a tier from the event that stored it there until one that removed or cleared it; saying
///    it twice changes nothing.
/// 2. A match counts block by block from the start of a chain and ends at the first block that is missing.
/// 3. Never more than what was stored is credited; under the memory cap less may be: the coldest blocks go first, of
///    one event the last of its chain first.
/// 4. Tables and sets together stay within `bytesMax`, the moment of growing included.
/// 5. Reading stores nothing.
package struct KVIndex: Sendable {
    /// A quarter of a gigabyte holds some five million blocks.
    package static let bytesMaxDefault = 256 << 20
    /// The smallest cap that is honoured.
    package static let bytesMaxLowest = 64 << 10
    /// Ranks at one time; `makeRank` answers nil beyond.
    package static let ranksMax = 16_384

    package let bytesMax: Int
    var table = BlockTable()
    var sets: HolderSets
    /// Advances by one a stored block.
    var clock: UInt32 = 1
    private var rankCount: UInt32 = 0
    private var unusedRanks: [UInt32] = []
    var evicted = 0
    var refused = 0

    package init(bytesMax: Int = bytesMaxDefault) {
        self.bytesMax = max(bytesMax, Self.bytesMaxLowest)
        sets = HolderSets(bytesMax: self.bytesMax / 3)
    }

    var tableBytesMax: Int { bytesMax / 3 * 2 }

    /// Gives out a number for a rank that holds nothing yet; nil when `ranksMax` ranks are in use.
    package mutating func makeRank() -> RankIndex? {
        if let reused = unusedRanks.popLast() { return RankIndex(reused) }
        guard rankCount < Self.ranksMax else { return nil }
        rankCount += 1
        return RankIndex(rankCount - 1)
    }

    package mutating func apply(_ event: KVEvent, rank: RankIndex) {
        precondition(rank.value < rankCount, "KVIndex: a rank is one that makeRank gave out")
        switch event {
        case .stored(_, let blocks, let tier): store(blocks, member(rank, tier))
        case .removed(let blocks, let tier): remove(blocks, member(rank, tier))
        case .cleared: clear([rank])
        }
    }

    /// Forgets ranks and all they hold in one pass; their numbers may be given out again.
    package mutating func remove(_ ranks: [RankIndex]) {
        clear(ranks)
        unusedRanks += ranks.map(\.value)
    }

    package mutating func remove(_ rank: RankIndex) { remove([rank]) }

    /// Marks the blocks of a chain as in use now, so that they are not among the coldest.
    package mutating func touch(_ chain: [BlockHash]) {
        advance(by: chain.count)
        for (offset, hash) in chain.enumerated() {
            let place = table.place(of: hash.value)
            guard table.slots[place].set != HolderSets.empty else { return }
            table.setStamp(clock - UInt32(offset) - 1, at: place)
        }
    }

    private func member(_ rank: RankIndex, _ tier: KVTier) -> HolderSets.Member {
        HolderSets.Member(rank: Int(rank.value), tier: Int(tier.rawValue))
    }

    private mutating func store(_ blocks: [BlockHash], _ member: HolderSets.Member) {
        advance(by: blocks.count)
        for (offset, block) in blocks.enumerated() {
            store(block.value, member, stamp: clock - UInt32(offset) - 1)
        }
    }

    private mutating func store(_ key: UInt64, _ member: HolderSets.Member, stamp: UInt32) {
        var place = table.place(of: key)
        if table.slots[place].set == HolderSets.empty, !table.hasRoom {
            makeRoomForBlock()
            place = table.place(of: key)
        }
        var wider = sets.adding(member, to: table.slots[place].set)
        if wider == nil {
            evictColdest()
            place = table.place(of: key)
            wider = sets.adding(member, to: table.slots[place].set)
        }
        guard let set = wider else {
            refused += 1
            return
        }
        let old = table.slots[place].set
        if old == HolderSets.empty {
            table.take(place, BlockTable.Slot(key: key, set: set, stamp: stamp))
            sets.retain(set)
            return
        }
        table.setStamp(max(stamp, table.slots[place].stamp), at: place)
        exchange(old, for: set, at: place)
    }

    private mutating func remove(_ blocks: [BlockHash], _ member: HolderSets.Member) {
        for block in blocks {
            let place = table.place(of: block.value)
            let old = table.slots[place].set
            guard old != HolderSets.empty else { continue }
            // Without room for the smaller set the block is forgotten altogether (invariant 3).
            let smaller = sets.removing(member, from: old) ?? HolderSets.empty
            exchange(old, for: smaller, at: place)
        }
    }

    /// Replaces the holders of a block that has some; a block without holders leaves.
    mutating func exchange(_ old: HolderSets.ID, for new: HolderSets.ID, at place: Int) {
        guard old != new else { return }
        sets.retain(new)
        if new == HolderSets.empty {
            table.remove(at: place)
        } else {
            table.setHolders(new, at: place)
        }
        sets.release(old)
    }

    /// Looks up once what each set becomes, then exchanges sets in one pass over the table.
    private mutating func clear(_ ranks: [RankIndex]) {
        let members = ranks.flatMap { rank in KVTier.allCases.map { member(rank, $0) } }
        var becomes = Array(0..<sets.numbersEnd)
        // A set made on the way may take an unused number; it holds none of the ranks and stays what it is.
        for set in becomes where sets.isInUse(set) {
            let smaller = without(members, set)
            if smaller != set { sets.retain(smaller) }
            becomes[Int(set)] = smaller
        }
        var place = 0
        while place < table.slots.count {
            let old = table.slots[place].set
            let new = Int(old) < becomes.count ? becomes[Int(old)] : old
            // An emptied place is looked at again: another block may have moved there.
            exchange(old, for: new, at: place)
            if old == new || new != HolderSets.empty { place += 1 }
        }
        for (set, smaller) in becomes.enumerated() where smaller != HolderSets.ID(set) { sets.release(smaller) }
    }

    private mutating func without(_ members: [HolderSets.Member], _ set: HolderSets.ID) -> HolderSets.ID {
        var current = set
        for member in members {
            let next = sets.removing(member, from: current) ?? HolderSets.empty
            if next != current, current != set { sets.dropIfUnused(current) }
            current = next
        }
        return current
    }

    private mutating func advance(by steps: Int) {
        if UInt32.max - clock <= steps {
            table.halveStamps()
            clock >>= 1
        }
        clock += UInt32(steps)
    }
}
