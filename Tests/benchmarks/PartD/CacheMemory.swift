import EngineWire
import Engines
import KVBlocks
import KVIndex

/// What the knowledge of caches costs in memory, and that it costs no more after a long churn.
///
/// Bytes are resident memory that grew, once malloc has given back what it keeps for later (`malloc_trim`): at the
/// agent 64 ranks of 16,384 blocks after a turnover of their caches, so that what is remembered of lost blocks counts;
/// at the coordinator what the index counts of itself, 128 workers' caches of that size after the Mooncake trace.
/// Flatness is how far resident memory moves in the churn after its first tenth, as a share of what had grown by then.
enum CacheMemory {
    /// Ranks whose memory is counted, and those that are churned.
    private static let countedRanks = 64
    private static let ranks = 16
    private static let blocksPerRank = 16_384
    private static let turnovers = 20
    private static let indexRounds = 20
    private static let steadyRequests = 20_000

    static func bars() async throws -> [Bar] {
        let agent = try agentSide()
        let coordinator = try await coordinatorSide()
        return [
            Bar(
                name: "agent-bytes-a-block", value: agent.bytes, unit: "B", limit: .atMost(32.4),
                detail: "\(countedRanks) ranks of \(blocksPerRank) blocks, their caches filled and turned over once"),
            Bar(
                name: "agent-and-coordinator-bytes-a-block", value: agent.bytes + coordinator.bytes, unit: "B",
                limit: .atMost(48), detail: "coordinator \(Bar.text(coordinator.bytes)) B"),
            Bar(
                name: "agent-resident-change-in-churn", value: agent.change, unit: "%", limit: .atMost(5),
                detail: "\(turnovers) turnovers of each cache; \(agent.sizes)"),
            Bar(
                name: "coordinator-resident-change-in-churn", value: coordinator.change, unit: "%", limit: .atMost(5),
                detail: "\(indexRounds) rounds of \(steadyRequests) requests; \(coordinator.sizes)"),
        ]
    }

    private struct Figures {
        var bytes: Double
        var change: Double
        var sizes: String
    }

    private static func agentSide() throws -> Figures {
        let bytes = try agentBytes()
        var memory = try ResidentMemory()
        var engines = (0..<ranks).map { Rank(seed: UInt64($0) + 1) }
        for number in engines.indices { try engines[number].work(blocks: 2 * blocksPerRank) }
        for turnover in 0..<turnovers {
            for number in engines.indices { try engines[number].work(blocks: 2 * blocksPerRank) }
            try memory.note(isBeginning: turnover < turnovers / 10)
        }
        return Figures(bytes: bytes, change: memory.change, sizes: memory.sizes)
    }

    /// What resident memory has grown by, by block held, once the engines are gone and their caches are left.
    private static func agentBytes() throws -> Double {
        // What is made once, and room for a batch.
        var first = Rank(seed: 99)
        try first.work(blocks: blocksPerRank)
        let before = try ResidentMemory.trimmed()
        var caches: [EngineCache] = []
        for seed in 0..<countedRanks {
            var engine = Rank(seed: UInt64(seed) + 100)
            try engine.work(blocks: 3 * blocksPerRank)
            caches.append(engine.cache)
        }
        let grown = try ResidentMemory.trimmed() - before
        return Double(grown) / Double(caches.reduce(0) { $0 + $1.count })
    }

    private static func coordinatorSide() async throws -> Figures {
        guard let corpus = try await MooncakeCorpus.read(steadyRequests: steadyRequests) else {
            throw BenchmarkError("the memory of the index is measured with ../shared/traces, which is not here")
        }
        var memory = try ResidentMemory()
        let index = KVIndex()
        let ranks = (0..<MooncakeCorpus.workers).compactMap { _ in index.makeRank() }
        for case .event(let worker, let event) in corpus.filling { index.apply(event, rank: ranks[worker]) }
        for round in 0..<indexRounds {
            for case .event(let worker, let event) in corpus.steady { index.apply(event, rank: ranks[worker]) }
            try memory.note(isBeginning: round < indexRounds / 10)
        }
        let held = index.blockCounts().reduce(0) { $0 + $1.1 }
        return Figures(
            bytes: Double(index.statistics.byteCount) / Double(held), change: memory.change, sizes: memory.sizes)
    }

    /// An engine and what its agent knows of it.
    private struct Rank {
        private var writer: EventWriter
        private(set) var cache = EngineCache()
        private var rows = KVEventRows()

        init(seed: UInt64) {
            writer = EventWriter(blockSize: 16, heldBlocks: blocksPerRank, seed: seed)
            // As the engine's metrics say, which the agent reads before or soon after the first events.
            cache.expect(blocks: blocksPerRank)
        }

        /// Stores and removes so many blocks at least.
        mutating func work(blocks: Int) throws {
            let end = writer.blocks + blocks
            while writer.blocks < end {
                try rows.read(writer.batch(prompts: 2, answers: 16))
                _ = cache.apply(rows)
            }
        }
    }
}
