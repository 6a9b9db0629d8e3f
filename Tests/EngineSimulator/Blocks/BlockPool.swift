import EngineWire

/// What a cached block holds.
package struct CachedBlock: Sendable, Hashable {
    package var hash: Digest
    package var parent: Digest?
    package var tokens: [UInt32]
    package var extraKeys: [ExtraKey]
}

/// The paged KV memory of one rank: reference counts, the prefix cache, and the events of their changes.
///
/// 1. Block 0 is never handed out; `capacity - 1` blocks are usable.
/// 2. A block is free exactly while nobody refers to it; a free block keeps its content until it is taken.
/// 3. Two blocks may hold the same content; each is told of when it is stored and when it is removed.
/// 4. Blocks are freed tail first, ones without a hash to the front, so the head of a prompt outlives its tail.
/// 5. Every change of the cache is in `takeEvents()`, in the order it happened.
package struct BlockPool {
    private struct Block {
        var references = 0
        var content: CachedBlock?
    }

    package let blockSize: Int
    package let isCaching: Bool
    private var blocks: [Block]
    private var free: FreeList
    /// Block numbers of each hash, oldest first.
    private var cached: [Digest: [Int]] = [:]
    private var events: [BlockChange] = []

    /// `blockCount` ≥ 2 blocks of `blockSize` ≥ 1 tokens.
    package init(blockCount: Int, blockSize: Int, isCaching: Bool) {
        precondition(blockCount >= 2 && blockSize >= 1, "a pool has two blocks of one token at least")
        self.blockSize = blockSize
        self.isCaching = isCaching
        blocks = [Block](repeating: Block(), count: blockCount)
        free = FreeList(capacity: blockCount)
        for block in 1..<blockCount { free.append(block) }
    }

    package var freeCount: Int { free.count }
    package var usableCount: Int { blocks.count - 1 }

    /// Share of usable blocks somebody refers to, 0...1.
    package var usage: Double { 1 - Double(free.count) / Double(usableCount) }

    /// Every cached block, duplicates included, by block number.
    package var contents: [CachedBlock] { blocks.compactMap(\.content) }

    /// The block that serves a hash, if one does.
    func lookup(_ hash: Digest) -> Int? { cached[hash]?.first }

    func isFree(_ block: Int) -> Bool { blocks[block].references == 0 }

    /// One more reference to a block found by `lookup`.
    mutating func touch(_ block: Int) {
        if blocks[block].references == 0 { free.remove(block) }
        blocks[block].references += 1
    }

    /// Takes a free block, forgetting what it held; nil when there is none.
    mutating func take() -> Int? {
        guard let block = free.popFirst() else { return nil }
        evict(block)
        blocks[block].references = 1
        return block
    }

    private mutating func evict(_ block: Int) {
        guard let content = blocks[block].content else { return }
        blocks[block].content = nil
        cached[content.hash]?.removeAll { $0 == block }
        if cached[content.hash]?.isEmpty == true { cached[content.hash] = nil }
        events.append(.removed(content.hash))
    }

    /// One reference fewer to each block of a sequence, given first to last.
    mutating func release(_ sequence: [Int]) {
        for block in sequence.reversed() {
            blocks[block].references -= 1
            precondition(blocks[block].references >= 0, "BlockPool 2")
            guard blocks[block].references == 0 else { continue }
            if blocks[block].content == nil { free.prepend(block) } else { free.append(block) }
        }
    }

    /// Makes full blocks findable; they follow one another and are told of as one run.
    mutating func store(_ run: [(block: Int, content: CachedBlock)], origin: BlockOrigin) {
        guard isCaching, let first = run.first else { return }
        for (block, content) in run {
            precondition(blocks[block].content == nil, "a block is stored once")
            blocks[block].content = content
            cached[content.hash, default: []].append(block)
        }
        events.append(.stored(parent: first.content.parent, run: run.map(\.content), origin))
    }

    /// Tells again of blocks that served a hit, as `kv_cache_report_mode: full` asks.
    mutating func report(_ sequence: [Int], origin: BlockOrigin) {
        let run = sequence.compactMap { blocks[$0].content }
        guard isCaching, !run.isEmpty else { return }
        events.append(.stored(parent: nil, run: run, origin))
    }

    /// Forgets the whole cache; refused while a sequence runs.
    mutating func reset() -> Bool {
        guard free.count == usableCount else { return false }
        for index in blocks.indices { blocks[index].content = nil }
        cached = [:]
        events.append(.cleared)
        return true
    }

    mutating func takeEvents() -> [BlockChange] {
        defer { events = [] }
        return events
    }
}

/// Whose request stored a run of blocks.
struct BlockOrigin: Sendable, Hashable {
    var adapterNumber: Int?
    var adapterName: String?
    var sessionID: String?
}

/// A change of the prefix cache.
enum BlockChange: Sendable, Hashable {
    case stored(parent: Digest?, run: [CachedBlock], BlockOrigin)
    case removed(Digest)
    case cleared
}
