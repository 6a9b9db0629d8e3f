@testable import Engines
@testable import EngineWire
import KVBlocks
import TestKit
import Testing

@Suite struct RankStreamTests {
    /// A message with one block of its own. `life` tells the same numbers of two lives apart.
    private static func message(_ sequence: UInt64, life: Int = 0, replay: Bool = false) -> KVEventMessage {
        let block = UInt64(life) * 1000 + sequence
        let run = BlocksStored(
            blockHashes: [.integer(block)], parent: nil, tokenIDs: [UInt32(block)], blockSize: 1)
        let batch = KVEventBatch(time: Double(block), events: [.stored(run)], rank: 0)
        return KVEventMessage(
            follower: 1, topic: "", sequence: sequence, payload: batch.encode(.map), isReplay: replay)
    }

    private static func hash(_ block: UInt32) -> BlockHash { BlockChain.hashes(of: [block], blockSize: 1)[0] }

    enum Step: Sendable {
        case live(UInt64, life: Int = 0)
        case replay(UInt64, life: Int = 0)
        case broken(UInt64)
        case ended(Bool)
        case begin
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var canReplay = true
        var steps: [Step]
        /// Blocks held in the end: `life * 1000 + number`.
        var held: [UInt32]
        /// Numbers replays were asked from.
        var replays: [UInt64] = []
        var lives = 1
        var gaps = 0
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "in order", steps: [.live(0), .live(1), .live(2)], held: [0, 1, 2]),
        Row(
            name: "joined late, the rest replayed",
            steps: [.live(2), .replay(0), .replay(1), .replay(2), .ended(true)],
            held: [0, 1, 2], replays: [0]),
        Row(name: "joined late, nothing to ask", canReplay: false, steps: [.live(5), .live(6)], held: [5, 6]),
        Row(
            name: "asked once the engine is up",
            steps: [.begin, .replay(0), .replay(1), .ended(true), .begin, .live(2)],
            held: [0, 1, 2], replays: [0]),
        Row(
            name: "a gap, closed",
            steps: [.live(0), .live(3), .live(4), .replay(0), .replay(1), .replay(2), .ended(true)],
            held: [0, 1, 2, 3, 4], replays: [0]),
        Row(
            name: "a gap that no replay closes", steps: [.live(0), .live(3), .ended(true), .live(4)], held: [3, 4],
            replays: [0], gaps: 1),
        Row(name: "a gap and nobody to ask", canReplay: false, steps: [.live(0), .live(3)], held: [3], gaps: 1),
        Row(
            name: "a window that rolled on", steps: [.begin, .replay(7), .replay(8), .ended(true), .live(9)],
            held: [7, 8, 9], replays: [0]),
        Row(
            name: "a replay that fails three times",
            steps: [.live(0), .live(3), .ended(false), .ended(false), .ended(false), .live(4)], held: [3, 4],
            replays: [0, 0, 0], gaps: 1),
        Row(
            name: "live ones that a replay ran ahead of",
            steps: [.begin, .replay(0), .replay(1), .replay(2), .ended(true), .live(0), .live(1), .live(2), .live(3)],
            held: [0, 1, 2, 3], replays: [0]),
        Row(
            name: "a new life from its start", steps: [.live(0), .live(1), .live(0, life: 1)], held: [1000], lives: 2),
        Row(
            name: "a new life, its start missed",
            steps: [
                .live(0), .live(1), .live(2), .live(1, life: 1), .replay(0, life: 1), .replay(1, life: 1), .ended(true),
            ], held: [1000, 1001], replays: [0], lives: 2),
        Row(
            name: "a new life behind what was replayed of the old",
            steps: [.begin, .replay(0), .replay(1), .replay(2), .ended(true), .live(0, life: 1)], held: [1000],
            replays: [0], lives: 2),
        Row(
            name: "a new life that looks like a gap",
            steps: [
                .live(0), .live(1), .live(4, life: 1), .replay(1, life: 1), .ended(true), .replay(0, life: 1),
                .replay(1, life: 1), .replay(2, life: 1), .replay(3, life: 1), .replay(4, life: 1), .ended(true),
            ], held: [1000, 1001, 1002, 1003, 1004], replays: [1, 0, 0], lives: 2),
        Row(
            name: "a batch the engine never kept",
            steps: [
                .live(0), .live(3), .live(5), .live(6), .replay(0), .replay(1), .replay(3), .replay(5), .replay(6),
                .ended(true), .live(7),
            ], held: [5, 6, 7], replays: [0], gaps: 2),
        Row(
            name: "a live batch lost after the engine had answered",
            steps: [
                .live(0), .live(2), .replay(0), .replay(1), .replay(2), .live(4), .ended(true), .replay(2), .replay(3),
                .replay(4), .ended(true),
            ], held: [0, 1, 2, 3, 4], replays: [0, 2]),
        Row(
            name: "a replay that is cut off, and goes on where it was",
            steps: [
                .begin, .replay(0), .replay(1), .ended(false), .replay(1), .replay(2), .ended(false), .replay(2),
                .replay(3), .ended(true), .live(4),
            ], held: [0, 1, 2, 3, 4], replays: [0, 1, 2]),
        Row(name: "a batch that comes twice", steps: [.live(0), .live(1), .live(1), .live(2)], held: [0, 1, 2]),
        Row(
            name: "a batch that comes after the next",
            steps: [.live(0), .live(2), .live(1), .replay(0), .replay(1), .replay(2), .ended(true), .live(3)],
            held: [0, 1, 2, 3], replays: [0]),
        Row(name: "a batch that cannot be read", steps: [.live(0), .broken(1), .live(2)], held: [2], gaps: 1),
    ]

    @Test(arguments: rows) func `a stream is put together`(row: Row) {
        var stream = RankStream(canReplay: row.canReplay)
        var mirror = RecordingTests.Mirror()
        var replays: [UInt64] = []
        var lives = 1
        for step in row.steps {
            let outcome =
                switch step {
                case .live(let number, let life): stream.received(Self.message(number, life: life))
                case .replay(let number, let life): stream.received(Self.message(number, life: life, replay: true))
                case .broken(let number):
                    stream.received(
                        KVEventMessage(follower: 1, topic: "", sequence: number, payload: [0xC1], isReplay: false))
                case .ended(let isComplete): stream.replayEnded(isComplete: isComplete)
                case .begin: stream.begin()
                }
            if outcome.isNewLife {
                lives += 1
                mirror = RecordingTests.Mirror()
            }
            mirror.apply(outcome.events)
            if let from = outcome.replayFrom { replays.append(from) }
        }
        #expect(mirror.all == Set(row.held.map(Self.hash)))
        #expect(Set(stream.cache.blocks.hashes) == mirror.all)
        #expect(replays == row.replays)
        #expect(lives == row.lives)
        #expect(stream.gapCount == row.gaps)
    }

    @Test func `a replay that begins later than asked is noticed`() {
        var stream = RankStream(canReplay: true)
        _ = stream.begin()
        for number in 7...8 as ClosedRange<UInt64> { _ = stream.received(Self.message(number, replay: true)) }
        _ = stream.replayEnded(isComplete: true)
        #expect(stream.truncatedCount == 1)
    }

    @Test func `batches that cannot be read raise an alarm, and sound ones end it`() {
        var stream = RankStream(canReplay: false)
        func broken(_ number: UInt64) -> KVEventMessage {
            KVEventMessage(follower: 1, topic: "", sequence: number, payload: [0x93, 0xC0], isReplay: false)
        }
        for number in 0..<UInt64(DriftAlarm.faultsMax) {
            #expect(stream.drift.fault == nil)
            _ = stream.received(broken(number))
        }
        #expect(stream.drift.fault == .unreadable)
        let next = UInt64(DriftAlarm.faultsMax)
        for number in next..<next + UInt64(DriftAlarm.soundMin) {
            #expect(stream.drift.fault == .unreadable)
            _ = stream.received(Self.message(number))
        }
        #expect(stream.drift.fault == nil)
    }

    @Test func `what a dead engine had still on its way is not heard`() {
        var stream = RankStream(canReplay: true).renewed(since: 1_000)
        #expect(stream.received(Self.message(57)) == StreamOutcome())
        #expect(stream.received(Self.message(0, replay: true)) == StreamOutcome())
        #expect(stream.begin().replayFrom == 0)
        #expect(!stream.received(Self.message(0, life: 1, replay: true)).events.isEmpty)
        #expect(stream.cache.count == 1)
    }

    @Test func `no more batches wait than there is room for`() {
        var stream = RankStream(canReplay: true)
        _ = stream.received(Self.message(0))
        for number in 2...UInt64(RankStream.pendingMax + 1) {
            #expect(stream.received(Self.message(number)).events.isEmpty)
        }
        let outcome = stream.received(Self.message(UInt64(RankStream.pendingMax + 2)))
        #expect(outcome.events.first == .cleared)
        #expect(stream.next == UInt64(RankStream.pendingMax + 3))
    }

    @Test func `a shuffled and repeated stream gives what the ordered one does`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for name in ["0.32.0", "0.23.0"] {
            let messages = try Recording.messages(name)
            var ordered = EngineCache()
            for batch in try Recording.batches(name) { _ = ordered.apply(batch) }
            var stream = RankStream(canReplay: true)
            // Live batches are lost at random; a replay brings everything once more.
            for (sequence, payload) in messages where random.next() % 3 > 0 || sequence == 0 {
                _ = stream.received(
                    KVEventMessage(
                        follower: 1, topic: "", sequence: sequence, payload: payload, isReplay: false))
            }
            for (sequence, payload) in messages {
                _ = stream.received(
                    KVEventMessage(follower: 1, topic: "", sequence: sequence, payload: payload, isReplay: true))
            }
            _ = stream.replayEnded(isComplete: true)
            #expect(Set(stream.cache.blocks.hashes) == Set(ordered.blocks.hashes), "seed \(seed)")
            #expect(stream.gapCount == 0, "seed \(seed)")
        }
    }
}
