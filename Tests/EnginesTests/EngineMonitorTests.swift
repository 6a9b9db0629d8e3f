import AgentProtocol
import EngineWire
import Engines
import JSONValues
import KVBlocks
import Observability
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct EngineMonitorTests {
    /// A run of blocks, `time` seconds after now.
    private static func payload(_ blocks: Range<Int>, time: Double) -> [UInt8] {
        let run = BlocksStored(
            blockHashes: blocks.map { .integer(UInt64($0)) },
            parent: blocks.lowerBound == 0 ? nil : .integer(UInt64(blocks.lowerBound - 1)),
            tokenIDs: blocks.flatMap { block in (0..<4).map { UInt32(block * 4 + $0) } }, blockSize: 4)
        let now = Double(WallClock.microseconds) / 1_000_000
        return KVEventBatch(time: now + time, events: [.stored(run)], rank: 0).encode(.map)
    }

    private static func publisher(_ endpoint: String = "tcp://127.0.0.1:*", replay: String = "tcp://127.0.0.1:*") throws
        -> KVEventPublisher
    {
        var configuration = KVEventPublisher.Configuration(endpoint: endpoint, replayEndpoint: replay)
        configuration.isBound = true
        return try KVEventPublisher(configuration)
    }

    private static func candidate(port: Int, _ events: JSONValue) -> EngineCandidate {
        EngineCandidate(
            namespace: "dev", name: "p", uid: "u", node: "n", ip: "127.0.0.1",
            containers: [
                [
                    "command": ["vllm", "serve", "m"],
                    "args": ["--port", .string(String(port)), "--kv-events-config", .string(events.text())],
                ]
            ])
    }

    /// The port of an endpoint behind a wildcard, as a flag would say it.
    private static func wildcard(_ endpoint: String?) -> JSONValue {
        .string("tcp://*:" + (endpoint?.split(separator: ":").last.map(String.init) ?? ""))
    }

    private static let chain = BlockChain.hashes(of: Array(0..<16), blockSize: 4)
    private static func id(_ port: Int) -> EngineID { EngineID(namespace: "dev", pod: "p", port: port) }

    @Test func `an engine is followed from before it is ready, through its restart, to its end`() async throws {
        let first = try Self.publisher()
        first.publish(Self.payload(0..<2, time: 1))
        let port = Mutex(0)
        let engine = ScriptedEngine()
        // A port that was free a moment ago.
        try await engine.run { number in port.withLock { $0 = number } }
        let number = port.withLock { $0 }
        let events: JSONValue = [
            "enable_kv_cache_events": true, "publisher": "zmq", "endpoint": Self.wildcard(first.endpoint),
            "replay_endpoint": Self.wildcard(first.replayEndpoint),
        ]
        try await Journal.watching { monitor, journal in
            monitor.update([Self.candidate(port: number, events)])
            let unborn = try await journal.engine { _ in true }
            #expect(!unborn.isReady && unborn.hasExactCache && unborn.models == ["m"])

            try await engine.run(port: number) { _ in
                // What it published before anybody listened comes by replay.
                #expect(try await journal.stored().blocks == Array(Self.chain[0..<2]))
                first.publish(Self.payload(2..<3, time: 2))
                #expect(try await journal.stored().blocks == [Self.chain[2]])
                #expect(monitor.blockSet(Self.id(number)) == [Set(Self.chain[0..<3])])
                engine.script.withLock {
                    $0.metrics = """
                        vllm:num_requests_running{engine="0"} 3
                        vllm:num_requests_waiting{engine="0"} 2
                        vllm:cache_config_info{block_size="4",num_gpu_blocks="80"} 1

                        """
                }
                let load = try await journal.first { report -> EngineLoad? in
                    guard case .load(_, let load) = report, load.running == 3 else { return nil }
                    return load
                }
                #expect(load.waiting == 2)
                let view = try #require(monitor.engines.first)
                #expect(view.description.adapters == ["lora-a"])
                #expect(view.description.blockSize == 4)
                #expect(view.description.blockCount == 80)
                #expect(view.ranks.map(\.batches) == [2])
                #expect(monitor.snapshot.contains(.load(Self.id(number), load)))
            }
            let (live, replay) = (first.endpoint, first.replayEndpoint ?? "")
            let death = ContinuousClock.now
            first.close()
            let dead = try await journal.engine { !$0.isReady }
            // The bar for no stale credit; the probe notices a closed port within half of that.
            #expect(ContinuousClock.now - death <= .seconds(1))
            #expect(dead.incarnation > unborn.incarnation)
            #expect(monitor.blockSet(Self.id(number)) == [[]])

            let second = try Self.publisher(live, replay: replay)
            second.publish(Self.payload(0..<1, time: 10))
            try await engine.run(port: number) { _ in
                let again = try await journal.stored()
                #expect(again.blocks == [Self.chain[0]])
                #expect(again.incarnation >= dead.incarnation)
                monitor.update([])
                let gone = try await journal.first { report -> EngineID? in
                    if case .engineGone(let id) = report { id } else { nil }
                }
                #expect(gone == Self.id(number))
            }
            second.close()
        }
    }

    @Test func `an engine that chooses its event port tells it`() async throws {
        let publisher = try Self.publisher()
        publisher.publish(Self.payload(0..<2, time: 1))
        let engine = ScriptedEngine()
        engine.script.withLock {
            $0.sources = [
                "0": [
                    "enable_kv_cache_events": true, "publisher": "zmq", "endpoint": .string(publisher.endpoint),
                    "replay_endpoint": .string(publisher.replayEndpoint ?? ""),
                ]
            ]
        }
        try await engine.run { port in
            try await Journal.watching { monitor, journal in
                monitor.update([
                    Self.candidate(port: port, ["enable_kv_cache_events": true, "endpoint": "tcp://*:0"])
                ])
                let unborn = try await journal.engine { _ in true }
                #expect(!unborn.hasExactCache)
                let ready = try await journal.engine { $0.isReady }
                #expect(ready.hasExactCache)
                #expect(try await journal.stored().blocks == Array(Self.chain[0..<2]))
            }
        }
        publisher.close()
    }

    @Test func `twenty lost batches are made good within 200 ms of the first one after them`() async throws {
        let publisher = try Self.publisher()
        publisher.publish(Self.payload(0..<1, time: 1))
        let engine = ScriptedEngine()
        try await engine.run { port in
            try await Journal.watching { monitor, journal in
                let events: JSONValue = [
                    "enable_kv_cache_events": true, "endpoint": Self.wildcard(publisher.endpoint),
                    "replay_endpoint": Self.wildcard(publisher.replayEndpoint),
                ]
                monitor.update([Self.candidate(port: port, events)])
                _ = try await journal.stored()
                // The subscription is there once a live batch comes through.
                publisher.publish(Self.payload(1..<2, time: 2))
                while try await journal.stored().blocks.last != Self.chain[1] {}
                for block in 2..<22 { publisher.publish(Self.payload(block..<block + 1, time: Double(block)), .lost) }
                let start = ContinuousClock.now
                publisher.publish(Self.payload(22..<23, time: 22))
                let last = BlockChain.hashes(of: Array(0..<92), blockSize: 4)
                while try await journal.stored().blocks.last != last[22] {}
                #expect(ContinuousClock.now - start <= .milliseconds(200))
                #expect(monitor.blockSet(Self.id(port)) == [Set(last)])
            }
        }
        publisher.close()
    }
}
