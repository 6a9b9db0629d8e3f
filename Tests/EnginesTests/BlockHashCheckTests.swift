import AgentProtocol
import Crypto
@testable import EngineWire
@testable import Engines
import KVBlocks
import TestKit
import Testing

/// Names that real engines gave their blocks, computed anew.
@Suite struct BlockHashCheckTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var algorithm: String?
        var seed: String?
        /// Blocks that can be computed from the events alone: not those under an adapter, which names its file.
        var verifiedMin: Int
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "0.32.0", algorithm: "sha256_cbor", seed: "0", verifiedMin: 200),
        Row(name: "0.32.0", verifiedMin: 200),
        Row(name: "0.32.0-bytes-lora-sha256-bs64", algorithm: "sha256", verifiedMin: 20),
        Row(name: "0.32.0-bytes-lora-sha256-bs64", verifiedMin: 20),
        Row(name: "0.32.0-stress", verifiedMin: 800),
        Row(name: "0.32.0-pd-prefill", verifiedMin: 10),
        Row(name: "0.32.0-pd-decode", verifiedMin: 10),
        Row(name: "0.23.0", verifiedMin: 200),
        Row(name: "0.23.0-stress", verifiedMin: 800),
    ]

    @Test(arguments: rows) func `no name of a recorded engine is held against it`(row: Row) throws {
        let naming = BlockNaming(.vLLM, algorithm: row.algorithm, seed: row.seed)
        var cache = EngineCache(naming: naming, checkShare: 1)
        for batch in try Recording.batches(row.name) { _ = cache.apply(batch) }
        #expect(cache.counts.mismatched == 0)
        #expect(cache.counts.verified >= row.verifiedMin, "\(cache.counts.verified) of \(cache.counts.stored)")
    }

    @Test(arguments: rows) func `a wrong token in every run raises the alarm, whatever is sampled`(row: Row) throws {
        guard !row.name.contains("pd") else { return }
        let messages = try Recording.messages(row.name)
        var stream = RankStream(
            canReplay: false, naming: BlockNaming(.vLLM, algorithm: row.algorithm, seed: row.seed))
        let sound = messages.count / 10
        for (number, message) in messages.enumerated() {
            if number == sound { #expect(stream.drift.fault == nil) }
            var batch = try KVEventBatch.decode(message.payload)
            if number >= sound { batch.events = batch.events.map(Self.spoiled) }
            _ = stream.received(
                KVEventMessage(
                    follower: 1, topic: "", sequence: UInt64(number), payload: batch.encode(.map), isReplay: false))
            if stream.drift.fault == .mismatched { return }
        }
        Issue.record("no alarm; \(stream.cache.counts)")
    }

    private static func spoiled(_ event: EngineEvent) -> EngineEvent {
        guard case .stored(var run) = event else { return event }
        for place in stride(from: 0, to: run.tokenIDs.count, by: run.blockSize) { run.tokenIDs[place] ^= 1 }
        return .stored(run)
    }

    /// Runs of one block, named by a rule.
    private static func runs(_ count: Int, _ rule: BlockHashRule, salt: String? = nil) -> [BlockHashCheck.Run] {
        (0..<count).map { number in
            let tokens = (0..<16).map { UInt32(number * 1_000 + $0) }
            let hash = rule.hash(after: rule.root, tokens[...], salt: salt.map { .tagged($0) })
            return BlockHashCheck.Run(
                names: [hash.low64], tokens: tokens[...], blockSize: 16, parent: nil, salt: salt)
        }
    }

    @Test func `an engine with a seed of its own is left alone, unless its settings name one`() throws {
        let runs = Self.runs(100, BlockHashRule(.cbor, seed: "somewhere random"))
        for (seed, expected) in [(nil, 0), ("7", 100 - BlockHashCheck.triesMax + 1)] as [(String?, Int)] {
            let naming = try #require(BlockNaming(.vLLM, algorithm: "sha256_cbor", seed: seed))
            var check = BlockHashCheck(naming, share: 1)
            #expect(runs.count { check.check($0).isMismatch } == expected)
        }
        #expect(BlockNaming(.sgLang, algorithm: nil, seed: nil) == nil)
        #expect(BlockNaming(.vLLM, algorithm: "xxhash", seed: "0")?.rules.isEmpty == true)
    }

    @Test func `one block in sixty-four is computed, and every one after a wrong one until one is right`() throws {
        let naming = try #require(BlockNaming(.vLLM, algorithm: "sha256", seed: nil))
        let rule = try #require(naming.rules.first)
        var check = BlockHashCheck(naming)
        let runs = Self.runs(20_000, rule)
        let agreeing = runs.reduce(0) { $0 + check.check($1).agreeing }
        // At the start there is room for one long run.
        #expect(agreeing > 20_000 / 64 && agreeing < 20_000 / 64 + BlockHashCheck.runBlocksMax + 8)
        var wrong = runs
        for index in wrong.indices { wrong[index].tokens[0] ^= 1 }
        let mismatches = wrong.prefix(1_000).map { check.check($0).isMismatch }
        let first = try #require(mismatches.firstIndex(of: true))
        #expect(first < 64)
        #expect(mismatches[first...].allSatisfy { $0 })
        #expect(check.check(runs[0]) == BlockHashCheck.Finding(agreeing: 1))
        #expect(!check.check(wrong[0]).isMismatch, "in doubt no more, and not yet due again")
    }

    @Test func `a salt is found with its tag and without, and what only looks like one is passed over`() throws {
        let naming = try #require(BlockNaming(.vLLM, algorithm: "sha256_cbor", seed: "0"))
        let rule = try #require(naming.rules.first)
        var check = BlockHashCheck(naming, share: 1)
        #expect(check.check(Self.runs(1, rule)[0]).agreeing == 1)
        var run = Self.runs(1, rule, salt: "tenant")[0]
        #expect(check.check(run) == BlockHashCheck.Finding(agreeing: 1))
        run.names = [rule.hash(after: rule.root, run.tokens, salt: .plain("tenant")).low64]
        #expect(check.check(run) == BlockHashCheck.Finding(agreeing: 1))
        run.salt = "an image"
        #expect(check.check(run) == BlockHashCheck.Finding())
    }

    @Test func `a content that gets another name is noticed, whatever the engine hashes with`() throws {
        var cache = EngineCache(naming: BlockNaming(.vLLM, algorithm: "xxhash", seed: nil))
        func batch(_ number: Int, name: Int) -> KVEventBatch {
            let run = BlocksStored(
                blockHashes: [.integer(UInt64(name))], parent: nil, tokenIDs: [UInt32(number)], blockSize: 1)
            return KVEventBatch(time: 0, events: [.stored(run)], rank: 0)
        }
        for number in 0..<2_000 { _ = cache.apply(batch(number, name: number)) }
        for number in 0..<2_000 { _ = cache.apply(batch(number, name: number)) }
        #expect(cache.counts.mismatched == 0)
        for number in 0..<2_000 { _ = cache.apply(batch(number, name: number + 10_000)) }
        #expect(cache.counts.mismatched > 0)
    }

    @Test func `a mismatch is refuted by what was looked at only`() {
        var alarm = DriftAlarm()
        for _ in 0..<DriftAlarm.faultsMax {
            #expect(alarm.fault == nil)
            for _ in 0..<100 { alarm.observe(.sound) }
            alarm.observe(.faulty(.mismatched))
        }
        #expect(alarm.fault == .mismatched)
        for _ in 0..<100 { alarm.observe(.sound) }
        #expect(alarm.fault == .mismatched)
        for _ in 0..<DriftAlarm.soundMin { alarm.observe(.proven) }
        #expect(alarm.fault == nil)
        for sight in [.faulty(.mismatched), .proven, .faulty(.mismatched), .faulty(.mismatched)]
            as [DriftAlarm.Sight]
        { alarm.observe(sight) }
        #expect(alarm.fault == nil)
    }
}
