import EngineWire
import Engines

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
