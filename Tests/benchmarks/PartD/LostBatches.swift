import AgentLink
import AgentProtocol
import EngineWire
import Engines
import Fleet
import JSONValues
import KVBlocks
import Observability
import Synchronization
import TestKit

/// An engine whose events do not arrive for 20 steps, then again: from the first step that is heard until the
/// coordinator credits all of them, the whole way: the engine's sockets, the agent's monitor, the link with CURVE, the
/// fleet. The slowest of the rounds counts.
enum LostBatches {
    private static let lost = 20
    private static let rounds = 20
    private static let blockSize = 16
    private static let blocksPerBatch = 8
    private static let giveUp = Duration.seconds(10)

    static func bar() async throws -> Bar {
        let ports = try await FreePorts.take(3)
        var configuration = KVEventPublisher.Configuration(
            endpoint: "tcp://*:\(ports[0])", replayEndpoint: "tcp://*:\(ports[1])")
        configuration.isBound = true
        let publisher = try KVEventPublisher(configuration)
        defer { publisher.close() }
        let keys = (coordinator: try CurveKeys.generate(), agent: try CurveKeys.generate())
        let metrics = MetricsRegistry()
        let fleet = Fleet()
        let server = try AgentLinkServer(
            endpoint: "tcp://127.0.0.1:0", keys: keys.coordinator, allowedAgents: [keys.agent.publicKey],
            metrics: metrics, logger: Recovery.quiet
        ) { fleet.apply($1, from: $0) }
        let relay = Relay()
        let monitor = EngineMonitor(logger: Recovery.quiet) { relay.send($0) }
        let client = try AgentLinkClient(
            AgentDescription(id: AgentID("node"), epoch: AgentLinkClient.newEpoch()), endpoints: [server.endpoint],
            coordinatorKey: keys.coordinator.publicKey, keys: keys.agent, metrics: metrics, logger: Recovery.quiet
        ) { monitor.snapshot }
        relay.open(client)
        monitor.update([candidate(ports)])
        var times: [Double] = []
        try await Recovery.beside([
            { try await server.run() }, { try await client.run() }, { try await monitor.run() },
        ]) {
            var story = Story()
            // Subscriptions take a moment; what is published before them comes by replay.
            while fleet.matches(story.chain).values.max() ?? 0 < story.chain.count || story.chain.isEmpty {
                publisher.publish(story.next())
                try await Task.sleep(for: .milliseconds(100))
            }
            for _ in 0..<rounds {
                for _ in 0..<lost { publisher.publish(story.next(), .lost) }
                let start = ContinuousClock.now
                publisher.publish(story.next())
                try await wait(until: fleet, holds: story.chain)
                times.append((ContinuousClock.now - start).milliseconds)
            }
        }
        times.sort()
        return Bar(
            name: "\(lost)-lost-batches-repaired", value: times.last ?? .infinity, unit: "ms", limit: .atMost(200),
            detail: "\(rounds) rounds of \(lost) batches of \(blocksPerBatch) blocks, median "
                + "\(Bar.text(times[times.count / 2])) ms")
    }

    private static func wait(until fleet: Fleet, holds chain: [BlockHash]) async throws {
        let deadline = ContinuousClock.now + giveUp
        while fleet.matches(chain).values.max() != chain.count {
            guard ContinuousClock.now < deadline else { throw BenchmarkError("lost batches were not repaired") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private static func candidate(_ ports: [Int]) -> EngineCandidate {
        let events =
            #"{"enable_kv_cache_events":true,"publisher":"zmq","endpoint":"tcp://*:\#(ports[0])","#
            + #""replay_endpoint":"tcp://*:\#(ports[1])"}"#
        return EngineCandidate(
            namespace: "dev", name: "engine", uid: "u", node: "node", ip: "127.0.0.1",
            containers: [
                [
                    "command": ["vllm", "serve", "m"],
                    "args": ["--port", .string("\(ports[2])"), "--kv-events-config", .string(events)],
                ]
            ])
    }

    /// One long prompt, a batch at a time.
    private struct Story {
        private var random = SeededRandom(seed: 9)
        private(set) var chain: [BlockHash] = []
        private var name: UInt64?
        private var time = 1.0

        mutating func next() -> [UInt8] {
            time += 0.01
            let tokens = (0..<blocksPerBatch * blockSize).map { _ in UInt32(random.below(128_000)) }
            let names = (0..<blocksPerBatch).map { _ in random.next() }
            var stored = BlocksStored(
                blockHashes: names.map { .integer($0) }, parent: name.map { .integer($0) }, tokenIDs: tokens,
                blockSize: blockSize)
            stored.medium = "GPU"
            chain +=
                chain.last.map { BlockChain.hashes(of: tokens, blockSize: blockSize, after: $0) }
                ?? BlockChain.hashes(of: tokens, blockSize: blockSize)
            name = names.last
            return KVEventBatch(time: time, events: [.stored(stored)], rank: 0).encode(.map)
        }
    }
}

/// The link, once it is there: the monitor is made first, because the link's snapshots are its.
private final class Relay: Sendable {
    private let link = Mutex<AgentLinkClient?>(nil)

    func open(_ client: AgentLinkClient) { link.withLock { $0 = client } }
    func send(_ report: Report) { link.withLock { $0 }?.send(report) }
}
