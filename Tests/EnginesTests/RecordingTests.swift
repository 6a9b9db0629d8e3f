import EngineWire
import Engines
import KVBlocks
import Testing

/// Block sets against what real engines said about their own caches.
@Suite struct RecordingTests {
    struct Row: Sendable {
        var name: String
        var blockSize: Int
        var requests: Int
        /// Requests whose prediction is another: the first after a reset, which engines tell with the next step only,
        /// and one whose hit its own step evicted.
        var misses: Set<String>
    }

    static let rows = [
        Row(name: "0.32.0", blockSize: 32, requests: 17, misses: ["after-reset"]),
        Row(name: "0.23.0", blockSize: 16, requests: 20, misses: ["after-reset"]),
        Row(name: "0.32.0-bytes-lora-sha256-bs64", blockSize: 64, requests: 20, misses: ["after-reset"]),
        Row(name: "0.32.0-stress", blockSize: 32, requests: 120, misses: ["stress-119"]),
        Row(name: "0.23.0-stress", blockSize: 16, requests: 78, misses: ["stress-119"]),
    ]

    @Test(arguments: rows) func `predicted cached tokens are the engine's own`(row: Row) throws {
        let batches = try Recording.batches(row.name)
        let requests = try Recording.requests(row.name)
        #expect(requests.count == row.requests)
        var cache = EngineCache()
        var position = 0
        var misses: Set<String> = []
        for request in requests {
            while position < request.after {
                _ = cache.apply(batches[position])
                position += 1
            }
            let chain = BlockChain.hashes(of: request.tokens, blockSize: row.blockSize, namespace: request.namespace)
            // An engine computes at least the last token of a prompt itself.
            let usable = (request.tokens.count - 1) / row.blockSize
            let predicted = min(cache.blocks.matchingCount(chain), usable) * row.blockSize
            if predicted != request.cached { misses.insert(request.label) }
        }
        #expect(misses == row.misses)
        #expect(cache.blockSize == row.blockSize)
        #expect(cache.counts.ignored == 0)
    }

    /// What a receiver makes of the changes.
    struct Mirror {
        var held: [KVTier: Set<BlockHash>] = [:]

        mutating func apply(_ events: [KVEvent]) {
            for event in events {
                switch event {
                case .stored(_, let blocks, let tier):
                    for block in blocks { #expect(held[tier, default: []].insert(block).inserted) }
                case .removed(let blocks, let tier):
                    for block in blocks { #expect(held[tier, default: []].remove(block) != nil) }
                case .cleared: held = [:]
                }
            }
        }

        var all: Set<BlockHash> { held.values.reduce([]) { $0.union($1) } }
    }

    @Test(arguments: rows) func `changes and snapshot both rebuild the block set`(row: Row) throws {
        var cache = EngineCache()
        var mirror = Mirror()
        for (number, batch) in try Recording.batches(row.name).enumerated() {
            mirror.apply(cache.apply(batch))
            guard number % 50 == 0 else { continue }
            var fresh = Mirror()
            fresh.apply(cache.blocks.runs)
            #expect(fresh.held == mirror.held)
        }
        #expect(mirror.all == Set(cache.blocks.hashes))
        #expect(!mirror.all.isEmpty)
    }
}
