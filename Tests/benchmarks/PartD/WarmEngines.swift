import AgentProtocol
import EngineWire
import Engines
import KVBlocks
import TestKit

/// The engines of one node with full caches, as their agent knows them from their events: prompts of 256 blocks, each
/// beginning with one of four system prompts that every engine holds.
struct WarmEngines: Sendable {
    /// A prompt that one engine holds whole and every other as far as its system prompt.
    struct Probe: Sendable {
        var engine: EngineID
        var chain: [BlockHash]
    }

    static let blockSize = 16
    static let blocksPerEngine = 16_384
    static let systemBlocks = 64
    private static let promptBlocks = 256
    private static let systemPrompts = 4

    let agent: AgentID
    private(set) var caches: [(id: EngineID, cache: EngineCache)] = []
    private(set) var probes: [Probe] = []

    init(node: Int, engines: Int) throws {
        agent = AgentID("node-\(node)")
        var random = SeededRandom(seed: UInt64(node) + 1)
        var rows = KVEventRows()
        for number in 0..<engines {
            let id = EngineID(namespace: "dev", pod: "engine-\(node)-\(number)", port: 8000)
            var cache = EngineCache()
            var prompts = 0
            var systemNames: [Int: UInt64] = [:]
            while cache.count + Self.promptBlocks <= Self.blocksPerEngine {
                let system = prompts % Self.systemPrompts
                let own = Self.tokens(Self.promptBlocks - Self.systemBlocks, &random)
                let shared = Self.systemTokens(system)
                var events: [EngineEvent] = []
                if systemNames[system] == nil {
                    let run = Self.run(shared, after: nil, &random)
                    systemNames[system] = run.blockHashes.last?.low64
                    events.append(.stored(run))
                }
                events.append(.stored(Self.run(own, after: systemNames[system], &random)))
                try rows.read(KVEventBatch(time: Double(prompts), events: events, rank: 0).encode(.map))
                _ = cache.apply(rows)
                if prompts % 16 == 0 {
                    let chain = BlockChain.hashes(of: shared + own, blockSize: Self.blockSize)
                    probes.append(Probe(engine: id, chain: chain))
                }
                prompts += 1
            }
            caches.append((id, cache))
        }
    }

    var blockCount: Int { caches.reduce(0) { $0 + $1.cache.count } }

    /// What the agent sends a coordinator that knows nothing.
    var snapshot: [Report] {
        caches.flatMap { id, cache -> [Report] in
            var description = EngineDescription(
                id: id, podUID: id.pod, node: agent.name, host: "127.64.0.1", kind: .vLLM, incarnation: 1)
            description.isReady = true
            description.blockSize = Self.blockSize
            description.hasExactCache = true
            return [.engine(description), .load(id, EngineLoad())]
                + cache.blocks.runs.map { .cache(id, rank: 0, incarnation: 1, $0) }
        }
    }

    private static func systemTokens(_ number: Int) -> [UInt32] {
        var random = SeededRandom(seed: 1_000 + UInt64(number))
        return tokens(systemBlocks, &random)
    }

    private static func tokens(_ blocks: Int, _ random: inout SeededRandom) -> [UInt32] {
        (0..<blocks * blockSize).map { _ in UInt32(random.below(128_000)) }
    }

    private static func run(_ tokens: [UInt32], after parent: UInt64?, _ random: inout SeededRandom) -> BlocksStored {
        let count = tokens.count / blockSize
        var stored = BlocksStored(
            blockHashes: (0..<count).map { _ in .integer(random.next()) }, parent: parent.map { .integer($0) },
            tokenIDs: tokens, blockSize: blockSize)
        stored.medium = "GPU"
        stored.group = 0
        stored.specKind = "full_attention"
        return stored
    }
}
