import EngineWire
import Engines
import KVBlocks
import Testing

@Suite struct EngineCacheTests {
    private static let a = BlockChain.hashes(of: Array(0..<16), blockSize: 4)

    /// A run of blocks of tokens `first...`, four a block, named by their last token.
    private static func run(
        _ blocks: Range<Int>, parent: UInt64? = nil, change: (inout BlocksStored) -> Void = { _ in }
    ) -> EngineEvent {
        var run = BlocksStored(
            blockHashes: blocks.map { .integer(UInt64($0)) }, parent: parent.map { .integer($0) },
            tokenIDs: blocks.flatMap { block in (0..<4).map { UInt32(block * 4 + $0) } }, blockSize: 4)
        change(&run)
        return .stored(run)
    }

    private static func gone(_ blocks: [UInt64], medium: String? = nil, group: Int? = nil) -> EngineEvent {
        .removed(BlocksRemoved(blockHashes: blocks.map { .integer($0) }, medium: medium, group: group))
    }

    private static func batch(_ events: EngineEvent...) -> KVEventBatch {
        KVEventBatch(time: 0, events: events, rank: 0)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var batches: [KVEventBatch]
        /// Blocks of the chain 0, 1, 2, 3 that are held in the end.
        var held: [Int]
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "a run", batches: [batch(run(0..<3))], held: [0, 1, 2]),
        Row(
            name: "a run that goes on", batches: [batch(run(0..<2)), batch(run(2..<4, parent: 1))], held: [0, 1, 2, 3]),
        Row(
            name: "a hole in the middle", batches: [batch(run(0..<4)), batch(gone([1]))], held: [0, 2, 3]),
        Row(
            name: "a hole that is filled",
            batches: [batch(run(0..<4)), batch(gone([1])), batch(run(1..<2, parent: 0))],
            held: [0, 1, 2, 3]),
        Row(
            name: "two copies made in one step, one removed",
            batches: [batch(run(0..<2), run(0..<2)), batch(gone([1]))], held: [0, 1]),
        Row(
            name: "two copies, both removed", batches: [batch(run(0..<2), run(0..<2)), batch(gone([1]), gone([1]))],
            held: [0]),
        Row(
            name: "a copy that a later step made in the middle of a prompt",
            batches: [batch(run(0..<2)), batch(run(1..<2, parent: 0)), batch(gone([1]))], held: [0, 1]),
        Row(
            name: "a prompt of one block, computed again into room made for it",
            batches: [batch(run(0..<2)), batch(gone([1]), run(0..<1)), batch(gone([0]))], held: [0]),
        Row(
            name: "a hit of one block that is told in full",
            batches: [batch(run(0..<2)), batch(run(0..<1)), batch(gone([0]))], held: [1]),
        Row(
            name: "a hit that is told in full is no copy",
            batches: [batch(run(0..<2)), batch(run(0..<3)), batch(gone([1]), gone([2]))], held: [0]),
        Row(
            name: "a child before its parent", batches: [batch(run(2..<4, parent: 1)), batch(run(0..<2))],
            held: [0, 1, 2, 3]),
        Row(
            name: "a child of a block that is gone",
            batches: [batch(run(0..<2)), batch(gone([1])), batch(run(2..<3, parent: 1))], held: [0, 2]),
        Row(name: "a child whose parent never comes", batches: [batch(run(2..<4, parent: 1))], held: []),
        Row(name: "all cleared", batches: [batch(run(0..<3)), batch(.cleared, run(0..<1))], held: [0]),
        Row(
            name: "moved to the host",
            batches: [
                batch(run(0..<1), run(0..<1) { $0.medium = "CPU" }), batch(gone([0], medium: "GPU")),
            ], held: [0]),
        Row(
            name: "moved to the host, told by name only",
            batches: [
                batch(run(0..<1)),
                batch(
                    run(0..<1) {
                        $0.medium = "CPU"
                        $0.tokenIDs = []
                    }, gone([0])),
            ], held: [0]),
        Row(
            name: "gone from the host too",
            batches: [
                batch(run(0..<1), run(0..<1) { $0.medium = "CPU" }), batch(gone([0]), gone([0], medium: "CPU")),
            ], held: []),
        Row(
            name: "a window's blocks are no prefix",
            batches: [
                batch(
                    run(0..<2) { $0.group = 0 },
                    run(2..<4) {
                        $0.specKind = "sliding_window"; $0.group = 1
                    }),
                batch(gone([0], group: 1)),
            ], held: [0, 1]),
        Row(name: "another node's", batches: [batch(run(0..<2) { $0.locality = "REMOTE" })], held: []),
        Row(
            name: "fewer tokens than blocks", batches: [batch(run(0..<2) { $0.tokenIDs.removeLast() })], held: []),
        Row(name: "a removal of what was never told", batches: [batch(gone([7])), batch(run(0..<1))], held: [0]),
    ]

    @Test(arguments: rows) func `holds what the engine holds`(row: Row) {
        var cache = EngineCache()
        var mirror = RecordingTests.Mirror()
        for batch in row.batches { mirror.apply(cache.apply(batch)) }
        let expected = Set(row.held.map { Self.a[$0] })
        #expect(Set(cache.blocks.hashes) == expected)
        #expect(mirror.all == expected)
    }

    @Test func `adapter, salt and images make other blocks`() {
        func first(_ change: (inout BlocksStored) -> Void) -> [BlockHash] {
            var cache = EngineCache()
            _ = cache.apply(Self.batch(Self.run(0..<2, change: change)))
            return cache.blocks.hashes.sorted { $0.value < $1.value }
        }
        func chain(_ namespace: ChainNamespace) -> [BlockHash] {
            BlockChain.hashes(of: Array(0..<8), blockSize: 4, namespace: namespace).sorted { $0.value < $1.value }
        }
        let adapter = first {
            $0.adapterName = "lora-a"
            $0.extraKeys = [[.string("lora-a")], [.string("lora-a")]]
        }
        #expect(adapter == chain(ChainNamespace(adapter: "lora-a")))
        #expect(first { $0.extraKeys = [[.string("t7")], nil] } == chain(ChainNamespace(salt: "t7")))
        let both = first {
            $0.adapterName = "lora-a"
            $0.extraKeys = [[.string("lora-a"), .string("t7")], [.string("lora-a")]]
        }
        #expect(both == chain(ChainNamespace(adapter: "lora-a", salt: "t7")))
        #expect(first { $0.extraKeys = [nil, nil] } == chain(ChainNamespace()))
        let image = first { $0.extraKeys = [nil, [.array([.string("img"), .integer(3)])]] }
        let other = first { $0.extraKeys = [nil, [.array([.string("img"), .integer(4)])]] }
        #expect(Set(image).intersection(other).count == 1)
        #expect(first { $0.adapterNumber = 3 } != chain(ChainNamespace()))
    }

    @Test func `parked runs are bounded`() {
        var cache = EngineCache()
        for run in 0..<EngineCache.parkedMax {
            _ = cache.apply(Self.batch(Self.run(run..<run + 2, parent: UInt64(1_000_000 + run))))
        }
        #expect(cache.counts.dropped == EngineCache.parkedMax)
    }

    @Test func `changes of one batch come as few events`() {
        var cache = EngineCache()
        let first = cache.apply(Self.batch(Self.run(0..<2), Self.run(2..<4, parent: 1)))
        #expect(first == [.stored(parent: nil, blocks: Self.a, tier: .device)])
        let second = cache.apply(Self.batch(Self.gone([3]), Self.gone([2])))
        #expect(second == [.removed(blocks: [Self.a[3], Self.a[2]], tier: .device)])
    }

    @Test func `a long chain's snapshot comes in bounded runs, parents first`() {
        var cache = EngineCache()
        let count = HeldBlocks.runBlocksMax * 2 + 1
        _ = cache.apply(Self.batch(Self.run(0..<count)))
        var known: Set<BlockHash> = []
        for case .stored(let parent, let blocks, _) in cache.blocks.runs {
            #expect(blocks.count <= HeldBlocks.runBlocksMax)
            #expect(parent.map { known.contains($0) } ?? true)
            known.formUnion(blocks)
        }
        #expect(known.count == count)
    }
}
