import AgentProtocol
@testable import EngineWire
@testable import Engines
import Glibc
import JSONValues
import KVBlocks
import Testing

@Suite struct EngineTableTests {
    private static func targets(ranks: Int = 1, restarts: Int = 0) -> [EngineTarget] {
        EngineTarget.targets(
            of: EngineCandidate(
                namespace: "dev", name: "p", uid: "u", node: "n", ip: "10.0.0.7",
                containers: [
                    [
                        "command": ["vllm", "serve", "m"],
                        "args": [
                            "--data-parallel-size", .string(String(ranks)), "--kv-events-config",
                            #"{"enable_kv_cache_events":true}"#,
                        ],
                    ]
                ], restartCount: restarts))
    }

    private static let id = EngineID(namespace: "dev", pod: "p", port: 8000)

    private static func message(_ follower: Int, _ sequence: UInt64, block: UInt32) -> KVEventDelivery {
        let run = BlocksStored(blockHashes: [.integer(UInt64(block))], parent: nil, tokenIDs: [block], blockSize: 1)
        let batch = KVEventBatch(time: Double(block), events: [.stored(run)], rank: nil)
        return .message(
            KVEventMessage(
                follower: follower, topic: "", sequence: sequence, payload: batch.encode(.map), isReplay: false))
    }

    private static func engines(_ effects: EngineTable.Effects) -> [EngineDescription] {
        effects.reports.compactMap { if case .engine(let engine) = $0 { engine } else { nil } }
    }

    @Test func `engines come, restart with their containers, and go`() {
        var table = EngineTable()
        let born = table.update(Self.targets(), wall: 100)
        #expect(Self.engines(born).map(\.incarnation) == [100])
        #expect(born.commands == [.follow(1, .init(endpoint: "tcp://10.0.0.7:5557"))])
        #expect(table.update(Self.targets(), wall: 200) == EngineTable.Effects())
        // The clock went back; lives still only grow.
        let again = table.update(Self.targets(restarts: 1), wall: 50)
        #expect(Self.engines(again).map(\.incarnation) == [101])
        #expect(again.commands == [.unfollow(1), .follow(2, .init(endpoint: "tcp://10.0.0.7:5557"))])
        #expect(table.delivered(Self.message(1, 0, block: 7), wall: 300) == EngineTable.Effects())
        let gone = table.update([], wall: 400)
        #expect(gone == EngineTable.Effects(reports: [.engineGone(Self.id)], commands: [.unfollow(2)]))
    }

    @Test func `a new life of one rank is one of all, told once`() {
        var table = EngineTable()
        _ = table.update(Self.targets(ranks: 2), wall: 100)
        for follower in 1...2 { _ = table.delivered(Self.message(follower, 0, block: UInt32(follower)), wall: 100) }
        #expect(table.records[Self.id]?.ranks.map(\.stream.cache.blocks.count) == [1, 1])
        let effects = table.delivered(Self.message(1, 0, block: 8), wall: 500)
        #expect(Self.engines(effects).map(\.incarnation) == [500])
        let hash = BlockChain.hashes(of: [8], blockSize: 1)
        let stored = KVEvent.stored(parent: nil, blocks: hash, tier: .device)
        #expect(effects.reports.last == .cache(Self.id, rank: 0, incarnation: 500, stored))
        #expect(table.records[Self.id]?.ranks.map(\.stream.cache.blocks.count) == [1, 0])
        let other = table.delivered(Self.message(2, 0, block: 9), wall: 600)
        #expect(Self.engines(other).isEmpty)
        #expect(table.records[Self.id]?.description.incarnation == 500)
        #expect(table.snapshot.count == 3)
    }

    struct Step: Sendable {
        var health: EngineProbe.Health
        var isReady: Bool
        var incarnation: UInt64
    }

    @Test func `health becomes readiness, and a closed port the end of a life`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        _ = table.delivered(Self.message(1, 0, block: 7), wall: 100)
        let steps = [
            Step(health: .refused, isReady: false, incarnation: 100),
            Step(health: .ready, isReady: true, incarnation: 100),
            Step(health: .silent, isReady: true, incarnation: 100),
            Step(health: .silent, isReady: true, incarnation: 100),
            Step(health: .silent, isReady: false, incarnation: 100),
            Step(health: .ready, isReady: true, incarnation: 100),
            Step(health: .unwell, isReady: false, incarnation: 100),
            Step(health: .refused, isReady: false, incarnation: 1007),
            Step(health: .refused, isReady: false, incarnation: 1007),
            Step(health: .ready, isReady: true, incarnation: 1007),
        ]
        for (index, step) in steps.enumerated() {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            _ = table.answered(
                EngineAnswer(health: step.health), to: question, at: .now, wall: Int64(1000 + index))
            let description = try #require(table.records[Self.id]?.description)
            #expect(description.isReady == step.isReady, "step \(index)")
            #expect(description.incarnation == step.incarnation, "step \(index)")
        }
        #expect(table.records[Self.id]?.ranks.first?.stream.cache.blocks.isEmpty == true)
    }

    @Test func `another process behind the same port is another life`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        for (start, incarnation) in [(5.0, 100), (5.0, 100), (9.0, 200)] {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            var page = EnginePage(PrometheusText(), kind: .vLLM)
            page.processStart = start
            _ = table.answered(EngineAnswer(health: .ready, page: page), to: question, at: .now, wall: 200)
            #expect(table.records[Self.id]?.description.incarnation == UInt64(incarnation))
        }
    }

    @Test func `an engine that falls asleep holds nothing, though it says nothing`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        _ = table.delivered(Self.message(1, 0, block: 7), wall: 100)
        var told: [Report] = []
        for state in ["awake", "weights_offloaded", "weights_offloaded", "awake"] {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            let text = ["awake", "weights_offloaded", "discard_all"].map {
                "vllm:engine_sleep_state{sleep_state=\"\($0)\"} \($0 == state ? 1 : 0)\n"
            }
            let page = EnginePage(try #require(PrometheusText.parse(Array(text.joined().utf8))), kind: .vLLM)
            let effects = table.answered(EngineAnswer(health: .ready, page: page), to: question, at: .now, wall: 200)
            told += effects.reports.filter { if case .cache = $0 { true } else { false } }
        }
        #expect(told == [.cache(Self.id, rank: 0, incarnation: 100, .cleared)])
        #expect(table.records[Self.id]?.ranks.first?.stream.cache.count == 0)
    }

    @Test func `an engine that cannot be read any more is said not to be exact, once`() {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        var effects = EngineTable.Effects()
        for number in 0..<UInt64(10) {
            effects += table.delivered(
                .message(
                    KVEventMessage(follower: 1, topic: "", sequence: number, payload: [0xC1], isReplay: false)),
                wall: 100)
        }
        #expect(effects.alarms == [.init(engine: Self.id, rank: 0, fault: .unreadable)])
        #expect(Self.engines(effects).map(\.hasExactCache) == [false])
        for number in 10..<UInt64(40) {
            effects += table.delivered(Self.message(1, number, block: UInt32(number)), wall: 100)
        }
        #expect(effects.alarms.last == .init(engine: Self.id, rank: 0, fault: nil))
        // Before the last, its block size became known.
        #expect(Self.engines(effects).map(\.hasExactCache) == [false, false, true])
    }

    @Test func `an idle engine that is made to forget holds nothing, and what it did not forget comes back`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        func told(_ effects: EngineTable.Effects) -> [KVEvent] {
            effects.reports.compactMap { if case .cache(_, _, _, let event) = $0 { event } else { nil } }
        }
        func page(resets: Int, wall: Int64) throws -> [KVEvent] {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            let text =
                #"http_requests_total{handler="/reset_prefix_cache",method="POST",status="2xx"} \#(resets)"# + "\n"
            let page = EnginePage(try #require(PrometheusText.parse(Array(text.utf8))), kind: .vLLM)
            return told(
                table.answered(EngineAnswer(health: .ready, page: page), to: question, at: .now, wall: wall))
        }
        func batch(_ number: UInt64, _ time: Double, _ events: [EngineEvent]) -> [KVEvent] {
            let batch = KVEventBatch(time: time, events: events, rank: nil)
            return told(
                table.delivered(
                    .message(
                        KVEventMessage(
                            follower: 1, topic: "", sequence: number, payload: batch.encode(.map), isReplay: false)),
                    wall: 100))
        }
        func block(_ token: UInt32) -> (EngineEvent, KVEvent) {
            let run = BlocksStored(blockHashes: [.integer(UInt64(token))], parent: nil, tokenIDs: [token], blockSize: 1)
            let hashes = BlockChain.hashes(of: [token], blockSize: 1)
            return (.stored(run), .stored(parent: nil, blocks: hashes, tier: .device))
        }
        func held() -> Int { table.records[Self.id]?.ranks[0].stream.cache.blocks.count ?? 0 }
        let (one, two, three, four) = (block(1), block(2), block(3), block(4))
        #expect(batch(0, 1, [one.0]) == [one.1])
        #expect(try page(resets: 0, wall: 2_000_000).isEmpty)
        #expect(try page(resets: 1, wall: 3_000_000) == [.cleared])
        #expect(held() == 0)
        #expect(!table.snapshot.contains { if case .cache = $0 { true } else { false } })
        // Said before the reset, heard after it.
        #expect(batch(1, 2.9, [two.0]).isEmpty)
        // The first word after it begins with the clear.
        #expect(batch(2, 4, [.cleared, three.0]) == [.cleared, three.1])
        #expect(try page(resets: 1, wall: 5_000_000).isEmpty)
        // A reset that the engine told in time is not supposed again.
        #expect(batch(3, 6, [.cleared, three.0]) == [.cleared, three.1])
        #expect(try page(resets: 2, wall: 7_000_000).isEmpty)
        #expect(held() == 1)
        // A reset that failed: the next word has no clear.
        #expect(try page(resets: 3, wall: 8_000_000) == [.cleared])
        #expect(try page(resets: 4, wall: 9_000_000).isEmpty)
        #expect(batch(4, 9.5, [four.0]) == [three.1, four.1])
        #expect(held() == 2)
        // The second of them came while everything was supposed to be gone already; it failed, too.
        #expect(try page(resets: 4, wall: 9_600_000) == [.cleared])
        _ = batch(5, 9.7, [])
        #expect(held() == 2)
        // Two resets, both told with the next step, are both accounted for.
        #expect(try page(resets: 6, wall: 10_000_000) == [.cleared])
        #expect(batch(6, 11, [.cleared, .cleared, one.0]) == [.cleared, one.1])
        #expect(try page(resets: 7, wall: 12_000_000) == [.cleared])
        // What comes late may settle it: the clear was told before the page.
        #expect(batch(7, 11.9, [.cleared, two.0]) == [two.1])
        // An engine that forgets by itself, as when it sleeps, is still heard when it is reset.
        #expect(batch(8, 13, [.cleared, three.0]) == [.cleared, three.1])
        #expect(try page(resets: 7, wall: 14_000_000).isEmpty)
        #expect(try page(resets: 8, wall: 15_000_000) == [.cleared])
    }

    @Test func `an agent that comes after an idle engine's reset claims nothing of what it replays`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        func page() throws {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            let text = #"http_requests_total{handler="/reset_prefix_cache",status="2xx"} 1"# + "\n"
            let page = EnginePage(try #require(PrometheusText.parse(Array(text.utf8))), kind: .vLLM)
            _ = table.answered(
                EngineAnswer(health: .ready, page: page), to: question, at: .now, wall: 900_000_000)
        }
        try page()
        _ = table.delivered(Self.message(1, 0, block: 7), wall: 100)
        #expect(table.records[Self.id]?.ranks[0].stream.cache.count == 1)
        try page()
        #expect(table.records[Self.id]?.ranks[0].stream.cache.count == 0)
        _ = table.delivered(Self.message(1, 1, block: 8), wall: 100)
        #expect(table.records[Self.id]?.ranks[0].stream.cache.count == 0)
        _ = table.delivered(Self.message(1, 2, block: 901), wall: 100)
        #expect(table.records[Self.id]?.ranks[0].stream.cache.count == 3)
    }

    @Test func `the end of a process is the end of a life, once`() throws {
        var table = EngineTable()
        let own = try #require(EngineProcess(pid: getpid()))
        _ = table.update(Self.targets(), wall: 100)
        func answer(_ health: EngineProbe.Health, _ process: EngineProcess?, wall: Int64) throws -> EngineTable.Effects
        {
            let question = try #require(table.records[Self.id]?.question(at: .now))
            return table.answered(EngineAnswer(health: health, process: process), to: question, at: .now, wall: wall)
        }
        _ = try answer(.ready, own, wall: 200)
        _ = table.delivered(Self.message(1, 0, block: 7), wall: 200)
        var other = own
        other.start += 1
        #expect(table.processEnded(other, wall: 300) == EngineTable.Effects())
        let ended = table.processEnded(own, wall: 300)
        #expect(Self.engines(ended).map(\.incarnation) == [300])
        #expect(Self.engines(ended).map(\.isReady) == [false])
        #expect(table.records[Self.id]?.ranks[0].stream.cache.count == 0)
        #expect(table.processEnded(own, wall: 400) == EngineTable.Effects())
        // Nobody listens there now, which is no news.
        #expect(try answer(.refused, nil, wall: 500) == EngineTable.Effects())
        #expect(Self.engines(try answer(.ready, own, wall: 600)).map(\.incarnation) == [300])
        // A process that took the other's place unseen.
        #expect(Self.engines(try answer(.ready, other, wall: 700)).map(\.incarnation) == [700])
    }

    @Test func `an answer to a question about an earlier engine is not heard`() throws {
        var table = EngineTable()
        _ = table.update(Self.targets(), wall: 100)
        let question = try #require(table.records[Self.id]?.question(at: .now))
        _ = table.update(Self.targets(restarts: 1), wall: 200)
        let effects = table.answered(EngineAnswer(health: .ready), to: question, at: .now, wall: 300)
        #expect(effects == EngineTable.Effects())
    }
}
