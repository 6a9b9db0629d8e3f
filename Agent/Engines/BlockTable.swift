import KVBlocks

/// The blocks of one rank by the engine's names for them: content, the block before, and copies in each tier.
///
/// 1. A row is 26 bytes in columns, and its name 4 more in the index at 4/5 full: memory of an agent is this table.
/// 2. A block without copies is remembered, so that a later one can still name it as its parent; of more than
///    `remembered` such rows the one lost first is used again.
/// 3. Columns have room for the blocks that the engine says it has; beyond, or where it says nothing, they grow by a
///    sixteenth, for doubled ones would be half empty.
struct BlockTable: Sendable {
    /// Rows of blocks no longer held that are kept: one for 64 held, within these.
    static let rememberedMin = 256
    static let rememberedMax = 2_048
    /// Blocks for which room is made at once; the memory is not taken before they come.
    static let expectedMax = 1 << 21
    /// More copies of one block than this are not told apart; an engine that tells too many would never let it go.
    static let copiesMax: UInt16 = 8

    private static let queued: UInt16 = 1 << 12
    private static let fresh: UInt16 = 1 << 13
    private static let copiesMask: UInt16 = 0xFFF

    private var names: [UInt64] = []
    private var contents: [UInt64] = []
    /// The content before; 0 where a prompt begins.
    private var parents: [UInt64] = []
    /// Copies in each tier, four bits each; then whether the row waits in `lost`, and whether it was stored just now.
    private var marks: [UInt16] = []
    private var index = NameIndex()
    /// Rows in the order they lost their last copy; some may have one again.
    private var lost: [UInt32] = []
    private var lostHead = 0
    private var freshRows: [UInt32] = []
    /// Blocks that the engine has; 0 while that is unknown.
    private(set) var expected: Int
    /// Blocks with a copy somewhere.
    private(set) var heldCount = 0

    init(expected: Int = 0) { self.expected = expected }

    /// The engine has so many blocks in all.
    mutating func expect(_ blocks: Int) { expected = min(max(0, blocks), BlockTable.expectedMax) }

    private var remembered: Int { min(max(BlockTable.rememberedMin, heldCount / 64), BlockTable.rememberedMax) }

    /// The row of a block that is held or remembered.
    func row(of name: UInt64) -> Int? { index.row(of: name, in: names) }

    func content(_ row: Int) -> BlockHash { BlockHash(contents[row]) }
    func parent(_ row: Int) -> BlockHash? { parents[row] == 0 ? nil : BlockHash(parents[row]) }
    func copies(_ row: Int, _ tier: KVTier) -> UInt16 { marks[row] >> (UInt16(tier.rawValue) * 4) & 15 }

    /// Stored since `settle` was called last.
    func isFresh(_ row: Int) -> Bool { marks[row] & BlockTable.fresh != 0 }

    /// A row, without copies, for a name that has none.
    mutating func add(_ name: UInt64, _ content: BlockHash, after parent: BlockHash?) -> Int {
        let row: Int
        if let used = takeLost() {
            index.remove(row: used, in: names)
            row = used
            (names[row], contents[row], parents[row]) = (name, content.value, parent?.value ?? 0)
            marks[row] = 0
        } else {
            row = names.count
            if row == names.capacity { reserve() }
            names.append(name)
            contents.append(content.value)
            parents.append(parent?.value ?? 0)
            marks.append(0)
        }
        index.insert(row: row, in: names)
        return row
    }

    /// Gives the name of a block that is only remembered to another content; false where it is held.
    mutating func rename(_ row: Int, _ content: BlockHash, after parent: BlockHash?) -> Bool {
        guard marks[row] & BlockTable.copiesMask == 0 else { return false }
        (contents[row], parents[row]) = (content.value, parent?.value ?? 0)
        return true
    }

    /// One more copy; true where the tier had none.
    mutating func store(_ row: Int, _ tier: KVTier) -> Bool {
        let shift = UInt16(tier.rawValue) * 4
        let mark = marks[row]
        let copies = mark >> shift & 15
        if mark & BlockTable.copiesMask == 0 { heldCount += 1 }
        if mark & BlockTable.fresh == 0 { freshRows.append(UInt32(row)) }
        marks[row] = (copies < BlockTable.copiesMax ? mark + 1 << shift : mark) | BlockTable.fresh
        return copies == 0
    }

    /// One copy fewer of a block that has one; true where that was the tier's last.
    mutating func remove(_ row: Int, _ tier: KVTier) -> Bool {
        let shift = UInt16(tier.rawValue) * 4
        marks[row] -= 1 << shift
        let mark = marks[row]
        if mark & BlockTable.copiesMask == 0 {
            heldCount -= 1
            if mark & BlockTable.queued == 0 {
                lost.append(UInt32(row))
                marks[row] |= BlockTable.queued
            }
        }
        return mark >> shift & 15 == 0
    }

    /// Ends a step: no row is fresh any more.
    mutating func settle() {
        for row in freshRows { marks[Int(row)] &= ~BlockTable.fresh }
        freshRows.removeAll(keepingCapacity: true)
    }

    /// Each block held, with its parent and the tiers that have it.
    func forEach(_ body: (BlockHash, BlockHash?, KVTier) -> Void) {
        for row in names.indices where marks[row] & BlockTable.copiesMask != 0 {
            for tier in KVTier.allCases where copies(row, tier) > 0 { body(content(row), parent(row), tier) }
        }
    }

    /// The row that was lost first, once more than enough are remembered.
    private mutating func takeLost() -> Int? {
        while lost.count - lostHead > remembered {
            let row = Int(lost[lostHead])
            lostHead += 1
            if lostHead > BlockTable.rememberedMin {
                lost.removeFirst(lostHead)
                lostHead = 0
            }
            marks[row] &= ~BlockTable.queued
            if marks[row] & BlockTable.copiesMask == 0 { return row }
        }
        return nil
    }

    private mutating func reserve() {
        let all = expected + min(max(BlockTable.rememberedMin, expected / 64), BlockTable.rememberedMax)
        let count = expected > 0 && names.count < all ? all : names.count + max(64, names.count / 16)
        names.reserveCapacity(count)
        contents.reserveCapacity(count)
        parents.reserveCapacity(count)
        marks.reserveCapacity(count)
    }
}
