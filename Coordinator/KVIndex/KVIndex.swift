package import KVBlocks
import Synchronization

/// Which ranks hold which blocks, and for a prompt how much of its beginning each of them holds.
///
/// 1. A rank holds a block in a tier from the event that stored it there until one that removed or cleared it; saying
///    it twice changes nothing.
/// 2. A match counts block by block from the start of a chain and ends at the first block that is missing.
/// 3. Never more than what was stored is credited; under the memory cap less may be: the coldest blocks go first, of
///    one event the last of its chain first.
/// 4. Tables and sets together stay within `bytesMax`, the moment of growing included.
/// 5. `matches` may be asked by any number of threads at any time. It stores nothing and waits for nobody: a walk that
///    met memory being used again, which the generation tells, is walked again, a few times at most.
/// 6. What a walk credits was held at some moment of the walk, each block at one of its own.
/// 7. All else is for one thread at a time, but `touch`, which hints and may be called as `matches` is.
package final class KVIndex: @unchecked Sendable {
    /// A quarter of a gigabyte holds some five million blocks.
    package static let bytesMaxDefault = 256 << 20
    /// The smallest cap that is honoured.
    package static let bytesMaxLowest = 64 << 10
    /// Ranks at one time; `makeRank` answers nil beyond.
    package static let ranksMax = 16_384

    /// Blocks ahead of the one at work whose place in the table is asked for.
    private static let lookahead = 12

    package let bytesMax: Int
    let generations = Generations()
    let arena: BlockArena
    let table: BlockTable
    let words: SetWords
    var sets: HolderSets
    /// Advances by one a stored block.
    private let time = Atomic<UInt32>(1)
    private var rankCount: UInt32 = 0
    private var unusedRanks: [UInt32] = []
    private var restingRanks: [UInt32] = []
    private(set) var evicted = 0
    private let short = Atomic<Bool>(false)
    var refused = 0

    package init(bytesMax: Int = bytesMaxDefault) {
        self.bytesMax = max(bytesMax, Self.bytesMaxLowest)
        arena = BlockArena(bytesMax: self.bytesMax, generations)
        table = BlockTable(arena, bytesMax: self.bytesMax / 2)
        words = SetWords(sets: HolderSets.setsMax(bytesMax: self.bytesMax / 4, stride: 1))
        sets = HolderSets(bytesMax: self.bytesMax / 4, words, generations)
    }

    var clock: UInt32 { time.load(ordering: .relaxed) }

    /// Blocks were forgotten because of the cap, so that marking those in use matters. For any thread.
    package var isShort: Bool { short.load(ordering: .relaxed) }

    func countEvicted() {
        evicted += 1
        short.store(true, ordering: .relaxed)
    }

    var byteCount: Int { arena.byteCount + table.byteCount + sets.byteCount }

    /// Gives out a number for a rank that holds nothing yet; nil when `ranksMax` ranks are in use.
    package func makeRank() -> RankIndex? {
        if let reused = unusedRanks.popLast() { return RankIndex(reused) }
        guard rankCount < Self.ranksMax else { return nil }
        rankCount += 1
        return RankIndex(rankCount - 1)
    }

    package func apply(_ event: KVEvent, rank: RankIndex) {
        precondition(rank.value < rankCount, "KVIndex: a rank is one that makeRank gave out")
        switch event {
        case .stored(let parent, let blocks, let tier): store(blocks, member(rank, tier), after: parent)
        case .removed(let blocks, let tier): remove(blocks, member(rank, tier))
        case .cleared: clear([rank])
        }
    }

    /// Forgets ranks and all they hold in one pass; their numbers rest until `reuseRanks`.
    package func remove(_ ranks: [RankIndex]) {
        guard !ranks.isEmpty else { return }
        clear(ranks)
        restingRanks += ranks.map(\.value)
    }

    /// Lets numbers of removed ranks be given out again, once nobody who begins to read takes them for those ranks.
    package func reuseRanks() {
        guard !restingRanks.isEmpty else { return }
        generations.begin()
        unusedRanks += restingRanks
        restingRanks = []
    }

    package func remove(_ rank: RankIndex) { remove([rank]) }

    /// Marks the blocks of a chain as in use now, so that they are not among the coldest.
    package func touch(_ chain: [BlockHash]) {
        let now = clock
        var number = 0
        for (offset, hash) in chain.enumerated() where offset < now {
            number = find(hash.value, near: number).number
            guard number != 0 else { return }
            arena.touch(number, now - UInt32(offset))
        }
    }

    /// The block of a hash and its holders. Mostly it is beside the one at `number`.
    @inline(__always) func find(_ key: UInt64, near number: Int) -> FoundBlock {
        let beside = findBeside(key, number)
        return beside.number != 0 ? beside : table.find(key)
    }

    /// The block of a hash, if it is before or after the one at `number` in its granule: another granule would have to
    /// be waited for only to see, mostly, that the block is not there.
    @inline(__always) func findBeside(_ key: UInt64, _ number: Int) -> FoundBlock {
        guard number != 0 else { return .none }
        if !BlockArena.isLast(number) {
            let holders = arena.holders(of: key, at: number + 1)
            if holders != HolderSets.empty { return FoundBlock(number: number + 1, holders: holders) }
        }
        if !BlockArena.isFirst(number) {
            let holders = arena.holders(of: key, at: number - 1)
            if holders != HolderSets.empty { return FoundBlock(number: number - 1, holders: holders) }
        }
        return .none
    }

    private func member(_ rank: RankIndex, _ tier: KVTier) -> HolderSets.Member {
        HolderSets.Member(rank: Int(rank.value), tier: Int(tier.rawValue))
    }

    private func store(_ blocks: [BlockHash], _ member: HolderSets.Member, after parent: BlockHash?) {
        advance(by: blocks.count)
        var previous = parent.map { table.find($0.value).number } ?? 0
        for (offset, block) in blocks.enumerated() {
            lookAhead(blocks, from: offset)
            let stamp = clock - UInt32(offset) - 1
            let known = find(block.value, near: previous)
            if known.number != 0 {
                widen(known, member, stamp)
                previous = known.number
            } else {
                previous = add(block.value, member, after: previous, run: blocks.count - offset)
                if previous != 0 { arena.touch(previous, stamp) }
            }
        }
    }

    /// Asks memory for the place in the table of a block to come, at the first one of those before it, too.
    @inline(__always) private func lookAhead(_ blocks: [BlockHash], from offset: Int) {
        if offset == 0 { for block in blocks.prefix(Self.lookahead) { table.prefetch(block.value) } }
        if offset + Self.lookahead < blocks.count { table.prefetch(blocks[offset + Self.lookahead].value) }
        if offset + Self.lookahead / 2 < blocks.count {
            table.prefetchBlock(blocks[offset + Self.lookahead / 2].value)
        }
    }

    /// Adds a holder to a block that has some.
    private func widen(_ block: FoundBlock, _ member: HolderSets.Member, _ stamp: UInt32) {
        arena.touch(block.number, stamp)
        guard let wider = sets.adding(member, to: block.holders) else {
            refused += 1
            return
        }
        exchange(block.holders, for: wider, of: block.number)
    }

    /// Takes in a block that nobody holds yet, the first of `run` to come; its number, 0 when there is no room for it.
    private func add(_ key: UInt64, _ member: HolderSets.Member, after previous: Int, run: Int) -> Int {
        var previous = previous
        if byteCount + BlockArena.granuleBytes + table.growthBytes(for: key) > bytesMax, !hasRoom(for: key) {
            evictColdest()
            if previous != 0, arena.set(previous) == HolderSets.empty { previous = 0 }
        }
        let spare = bytesMax - byteCount
        guard let set = sets.adding(member, to: HolderSets.empty) else {
            refused += 1
            return 0
        }
        let number = arena.take(
            key, set, after: previous, run: run, mayGrow: spare >= BlockArena.granuleBytes)
        guard let number, table.insert(key, number, growthMax: bytesMax - byteCount) else {
            if let number { arena.release(number) }
            sets.dropIfUnused(set)
            refused += 1
            return 0
        }
        sets.retain(set)
        return number
    }

    private func remove(_ blocks: [BlockHash], _ member: HolderSets.Member) {
        var number = 0
        for (offset, block) in blocks.enumerated() {
            lookAhead(blocks, from: offset)
            let found = find(block.value, near: number)
            guard found.number != 0 else { continue }
            number = found.number
            // Without room for the smaller set the block is forgotten altogether (invariant 3).
            let smaller = sets.removing(member, from: found.holders) ?? HolderSets.empty
            exchange(found.holders, for: smaller, of: number)
        }
    }

    /// Replaces the holders of a block that has some; a block without holders leaves.
    func exchange(_ old: HolderSets.ID, for new: HolderSets.ID, of number: Int) {
        guard old != new else { return }
        sets.retain(new)
        if new == HolderSets.empty {
            table.remove(arena.key(number), number)
            arena.release(number)
        } else {
            arena.setHolders(new, of: number)
        }
        sets.release(old)
    }

    /// Looks up once what each set becomes, then exchanges sets in one pass over the table.
    private func clear(_ ranks: [RankIndex]) {
        let members = ranks.flatMap { rank in KVTier.allCases.map { member(rank, $0) } }
        var becomes = Array(0..<sets.numbersEnd)
        // A set made on the way may take an unused number; it holds none of the ranks and stays what it is.
        for set in becomes where sets.isInUse(set) {
            let smaller = without(members, set)
            if smaller != set { sets.retain(smaller) }
            becomes[Int(set)] = smaller
        }
        arena.forEachTaken { number, old in
            if Int(old) < becomes.count { exchange(old, for: becomes[Int(old)], of: number) }
        }
        for (set, smaller) in becomes.enumerated() where smaller != HolderSets.ID(set) { sets.release(smaller) }
    }

    private func without(_ members: [HolderSets.Member], _ set: HolderSets.ID) -> HolderSets.ID {
        var current = set
        for member in members {
            let next = sets.removing(member, from: current) ?? HolderSets.empty
            if next != current, current != set { sets.dropIfUnused(current) }
            current = next
        }
        return current
    }

    private func advance(by steps: Int) {
        var now = clock
        if UInt32.max - now <= steps {
            arena.halveStamps()
            now >>= 1
        }
        time.store(now + UInt32(steps), ordering: .relaxed)
    }
}
