import EngineSimulator
import EngineWire
@testable import Engines
import KVBlocks
import TestKit

/// A simulated engine without a clock, what its sockets carry, and the literal truth of its cache.
struct DrillEngine {
    static let blockSize = 4

    private var engine: VirtualEngine
    /// Every batch of this life, for replays.
    private(set) var kept: [[UInt8]] = []
    /// The content of each block it ever held, by its own hash.
    private var contents: [Digest: BlockHash] = [:]
    private var requests = 0

    init() {
        var configuration = EngineConfiguration()
        configuration.blockSize = DrillEngine.blockSize
        // Few enough that nearly every request evicts.
        configuration.blockCount = 64
        configuration.maxModelLength = 160
        engine = VirtualEngine(configuration)
    }

    /// What it holds: by content, how often.
    var truth: Set<BlockHash> { Set(engine.cachedBlocks.compactMap { contents[$0.hash] }) }

    /// Serves a few requests at once; the batches of their steps, each made a moment after the one before.
    mutating func work(_ random: inout SeededRandom, time: inout Double) -> [(sequence: UInt64, payload: [UInt8])] {
        for _ in 0...random.below(3) {
            requests += 1
            // Few beginnings, so that requests share prefixes and compute the same blocks side by side.
            let beginning = UInt32(random.below(6)) * 100
            // A prompt of just one block is computed anew each time, and its events do not tell that from a hit told
            // again: the agent then claims less than there is.
            var prompt = (0..<UInt32(Self.blockSize + 1 + random.below(60))).map { beginning + $0 }
            for _ in 0..<random.below(12) { prompt.append(1_000 + UInt32(random.below(8))) }
            var request = EngineRequest(name: "r\(requests)", prompt: prompt, maxTokens: 1 + random.below(12))
            request.ignoresEnd = true
            request.seed = requests
            if random.chance(10) { request.salt = "tenant-\(random.below(2))" }
            if random.chance(10) { request.adapter = Adapter(number: 1, name: "lora-a", path: "/lora/a") }
            _ = engine.submit(request, now: time)
        }
        var batches: [(UInt64, [UInt8])] = []
        while let plan = engine.beginStep(now: time) {
            time += 0.001
            let outcome = engine.finishStep(plan, now: time, wallTime: time)
            learn()
            guard let batch = outcome.batch else { continue }
            let payload = batch.encode(random.chance(50) ? .map : .array)
            batches.append((UInt64(kept.count), payload))
            kept.append(payload)
        }
        return batches
    }

    /// Forgets its cache; it says so with its next step.
    mutating func reset() -> Bool { engine.resetCache() }

    private mutating func learn() {
        let blocks = Dictionary(engine.cachedBlocks.map { ($0.hash, $0) }) { first, _ in first }
        for hash in blocks.keys where contents[hash] == nil { learn(hash, blocks) }
    }

    private mutating func learn(_ hash: Digest, _ blocks: [Digest: CachedBlock]) {
        guard contents[hash] == nil, let block = blocks[hash] else { return }
        var (adapter, salt) = ("", "")
        for key in block.extraKeys {
            switch key {
            case .adapter(let name, _): adapter = name
            case .salt(let text): salt = text
            }
        }
        guard let parent = block.parent else {
            let namespace = ChainNamespace(adapter: adapter, salt: salt)
            contents[hash] = BlockChain.hashes(of: block.tokens, blockSize: Self.blockSize, namespace: namespace)[0]
            return
        }
        learn(parent, blocks)
        guard let before = contents[parent] else { return }
        contents[hash] = BlockChain.hashes(of: block.tokens, blockSize: Self.blockSize, after: before)[0]
    }
}
