import EngineWire
import Engines
import TestKit

/// What an agent does with KV events: reads the batches of one rank and keeps its block set, on one core.
///
/// The batches are as vLLM 0.32 writes them with a full cache of 40,000 blocks of 16 tokens: prompts of 8 to 128 new
/// blocks, a block here and there that fills while its request is answered, and for each stored block one removed, told
/// by an event of its own.
enum EventDecoding {
    private static let blockSize = 16
    private static let heldBlocks = 40_000
    private static let batchCount = 3_000
    private static let promptsPerBatch = 2
    private static let answersPerBatch = 16
    private static let rounds = 5

    static func bar() throws -> Bar {
        var engine = EventWriter(blockSize: blockSize, heldBlocks: heldBlocks)
        let filling = (0..<heldBlocks / 100).map { _ in engine.batch(prompts: promptsPerBatch, answers: 0) }
        var cache = EngineCache()
        var rows = KVEventRows()
        for payload in filling {
            try rows.read(payload)
            _ = cache.apply(rows)
        }
        let clock = ContinuousClock()
        var best = Double.infinity
        var events = 0
        for _ in 0..<rounds {
            // Made beforehand, so that only reading and applying are timed.
            let before = engine.blocks
            let batches = (0..<batchCount).map { _ in
                engine.batch(prompts: promptsPerBatch, answers: answersPerBatch)
            }
            let start = clock.now
            for payload in batches {
                try rows.read(payload)
                events += cache.apply(rows).count
            }
            best = min(best, (clock.now - start) / .seconds(1) / Double(engine.blocks - before))
        }
        guard cache.count == engine.held, events > 0 else {
            throw BenchmarkError("the block set has \(cache.count) blocks, the engine \(engine.held)")
        }
        return Bar(
            name: "events-read-and-applied-of-a-core", value: 1 / best / 1e6, unit: "M blocks/s", limit: .atLeast(5),
            detail: "\(engine.blocks) blocks stored or removed in all, \(cache.count) held")
    }
}

/// An engine's cache as far as its events show it.
private struct EventWriter {
    let blockSize: Int
    let heldBlocks: Int
    private var random = SeededRandom(seed: 5)
    private var time = 1_000.0
    /// Names in the order they were stored, the oldest first from `oldest` on.
    private var names: [UInt64] = []
    private var oldest = 0
    /// Blocks stored or removed so far.
    private(set) var blocks = 0

    init(blockSize: Int, heldBlocks: Int) {
        self.blockSize = blockSize
        self.heldBlocks = heldBlocks
    }

    var held: Int { names.count - oldest }

    /// One step's events.
    mutating func batch(prompts: Int, answers: Int) -> [UInt8] {
        time += 0.01
        var events: [EngineEvent] = []
        for _ in 0..<prompts { store(8 + random.below(120), after: random.chance(50) ? lastName() : nil, &events) }
        for _ in 0..<answers { store(1, after: lastName(), &events) }
        return KVEventBatch(time: time, events: events, rank: 0).encode(.map)
    }

    /// A block that is still held when the run after it is stored.
    private mutating func lastName() -> UInt64? {
        let recent = min(held, heldBlocks / 2)
        return recent == 0 ? nil : names[names.count - 1 - random.below(recent)]
    }

    private mutating func store(_ count: Int, after parent: UInt64?, _ events: inout [EngineEvent]) {
        while held + count > heldBlocks {
            events.append(
                .removed(BlocksRemoved(blockHashes: [.integer(names[oldest])], medium: "GPU", group: 0)))
            oldest += 1
            blocks += 1
        }
        let run = (0..<count).map { _ in random.next() }
        var stored = BlocksStored(
            blockHashes: run.map { .integer($0) }, parent: parent.map { .integer($0) },
            tokenIDs: (0..<count * blockSize).map { _ in UInt32(random.below(128_000)) }, blockSize: blockSize)
        stored.medium = "GPU"
        stored.extraKeys = Array(repeating: nil, count: count)
        stored.group = 0
        stored.specKind = "full_attention"
        events.append(.stored(stored))
        names += run
        blocks += count
    }
}
