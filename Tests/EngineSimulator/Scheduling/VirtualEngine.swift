/// How an engine is set up; the names of vLLM's flags say what each means.
package struct EngineConfiguration: Sendable {
    /// Tokens a block.
    package var blockSize = 16
    /// Blocks of KV memory, the unused block 0 included.
    package var blockCount = 4096
    /// Tokens of prompt and answer together.
    package var maxModelLength = 8192
    /// Sequences in the running batch.
    package var maxSequences = 256
    /// Tokens computed in one step.
    package var maxBatchedTokens = 8192
    package var isCaching = true
    package var hasher = BlockHasher()
    package var hashes = PublishedHashes.integers
    package var calibration = Calibration()
    /// Of the jitter.
    package var seed: UInt64 = 0
    /// Data-parallel rank, told with each event batch.
    package var rank = 0

    package init() {}
}

/// One rank of a vLLM engine without a clock: continuous batching over paged KV memory with a prefix cache.
///
/// Work goes step by step: `beginStep` decides what the next step computes and how long that takes, `finishStep` makes
/// its results visible. Between the two, requests may be submitted and aborted. It has no I/O and no randomness but
/// the seeded jitter, so equal inputs give equal outputs.
///
/// 1. Running sequences go before waiting ones; both in order of arrival.
/// 2. A step computes at most `maxBatchedTokens` tokens of at most `maxSequences` sequences.
/// 3. Without room for a running sequence the one that began last gives up its blocks and is computed anew later.
/// 4. A hit never covers the last token of a prompt.
/// 5. One event batch a step at most, with every change of the cache since the step before.
package final class VirtualEngine {
    package let configuration: EngineConfiguration
    var pool: BlockPool
    var sequences: [Int: EngineSequence] = [:]
    /// In order of arrival; preempted ones in front.
    var waiting: [EngineSequence] = []
    var running: [EngineSequence] = []
    /// Blocks kept for other engines, by the name of the request that made them.
    var lent: [String: (blocks: [Int], until: Double)] = [:]
    var numbers: SeededNumbers
    package var statistics = EngineStatistics()
    private var nextID = 0

    package init(_ configuration: EngineConfiguration) {
        self.configuration = configuration
        pool = BlockPool(
            blockCount: configuration.blockCount, blockSize: configuration.blockSize, isCaching: configuration.isCaching
        )
        numbers = SeededNumbers(seed: configuration.seed)
    }

    /// Whether a step would compute nothing.
    package var isIdle: Bool { waiting.isEmpty && running.isEmpty }
    package var runningCount: Int { running.count }
    /// Whether a request waits while blocks are kept for other engines.
    var waitsForLease: Bool { !waiting.isEmpty && !lent.isEmpty }
    /// Sequences that wait for a place, and those that wait for blocks of another engine.
    package var waitingCounts: (capacity: Int, deferred: Int) {
        let transferring = sequences.values.count { $0.status == .transferring }
        return (waiting.count, transferring)
    }
    package var cacheUsage: Double { pool.usage }
    package var cachedBlocks: [CachedBlock] { pool.contents }
    /// Adapters in use: of running and of waiting sequences, sorted.
    package var adaptersInUse: (running: [String], waiting: [String]) {
        func names(_ sequences: [EngineSequence]) -> [String] {
            Set(sequences.compactMap(\.request.adapter?.name)).sorted()
        }
        return (names(running), names(waiting))
    }

    /// Accepts a request at `now`, seconds; answers the number its outputs carry.
    ///
    /// The caller has checked that the prompt has a token and fits with one more into `maxModelLength`.
    package func submit(_ request: EngineRequest, now: Double) -> Int {
        nextID += 1
        let sequence = EngineSequence(id: nextID, request: request, arrival: now)
        sequences[nextID] = sequence
        waiting.append(sequence)
        return nextID
    }

    /// Ends a request whose client has gone and frees its blocks; one that is unknown or over is left alone.
    package func abort(_ id: Int) {
        guard let sequence = sequences[id] else { return }
        statistics.finished[.abort, default: 0] += 1
        end(sequence)
    }

    /// Forgets the prefix cache; false while blocks are in use. The event leaves with the next step.
    package func resetCache() -> Bool {
        statistics.resetCalls += 1
        return pool.reset()
    }

    /// Takes a sequence out of every list and frees its blocks.
    func end(_ sequence: EngineSequence) {
        waiting.removeAll { $0 === sequence }
        running.removeAll { $0 === sequence }
        sequences[sequence.id] = nil
        sequence.status = .finished
        pool.release(sequence.blocks)
        sequence.blocks = []
    }
}
