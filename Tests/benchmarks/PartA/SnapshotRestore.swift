import AgentLink
import AgentProtocol
import Fleet
import KVBlocks
import Logging
import Observability
import Synchronization
import TestKit

/// A coordinator restarts and knows nothing; from then until its fleet again holds 100,000 blocks of eight engines,
/// over a real link with CURVE on loopback, the agent's dialling included. The slowest of the restarts counts.
enum SnapshotRestore {
    private static let restarts = 5
    private static let giveUp = Duration.seconds(30)

    static func bar() async throws -> Bar {
        let cache = Cache(engines: 8, blocks: 12_500)
        let keys = (coordinator: try CurveKeys.generate(), agent: try CurveKeys.generate())
        let metrics = MetricsRegistry()
        let listen: @Sendable (String, Restored) throws -> AgentLinkServer = { endpoint, restored in
            try AgentLinkServer(
                endpoint: endpoint, keys: keys.coordinator, allowedAgents: [keys.agent.publicKey], metrics: metrics,
                logger: quiet
            ) { restored.take($1, from: $0) }
        }
        // This one only finds a free port, which those after it take over.
        let endpoint = try listen("tcp://127.0.0.1:0", Restored()).endpoint
        let client = try AgentLinkClient(
            AgentDescription(id: AgentID("node"), epoch: AgentLinkClient.newEpoch()), endpoints: [endpoint],
            coordinatorKey: keys.coordinator.publicKey, keys: keys.agent, metrics: metrics, logger: quiet
        ) { cache.reports }
        var times: [Duration] = []
        try await beside({ try await client.run() }) {
            for _ in 0...restarts {
                let restored = Restored()
                let start = ContinuousClock.now
                let server = try listen(endpoint, restored)
                try await beside({ try await server.run() }) { try await restored.wait(giveUp) }
                guard let end = restored.time, cache.isWhole(in: restored.fleet) else {
                    throw BenchmarkError("the restored fleet does not hold every block")
                }
                times.append(end - start)
            }
        }
        // The first was the agent's first connection, not a restart.
        let milliseconds = times.dropFirst().map(\.milliseconds)
        return Bar(
            name: "restore-of-100000-blocks-by-snapshot-over-CURVE", value: milliseconds.max() ?? .infinity, unit: "ms",
            limit: .atMost(2000), detail: "restarts: \(milliseconds.map(Bar.text).joined(separator: ", ")) ms")
    }

    private static var quiet: Logger { Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() } }

    /// Runs `service` while `body` runs, then cancels it.
    private static func beside(
        _ service: @escaping @Sendable () async throws -> Void, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// What the agent's engines hold: one prompt each.
private struct Cache: Sendable {
    let chains: [EngineID: [BlockHash]]

    init(engines: Int, blocks: Int) {
        var random = SeededRandom(seed: 1)
        var chains: [EngineID: [BlockHash]] = [:]
        for number in 0..<engines {
            let engine = EngineID(namespace: "dev", pod: "engine-\(number)", port: 8000)
            chains[engine] = (0..<blocks).map { _ in BlockHash(random.next()) }
        }
        self.chains = chains
    }

    var reports: [Report] {
        chains.flatMap { engine, blocks -> [Report] in
            let description = EngineDescription(
                id: engine, podUID: engine.pod, node: "node", host: "127.64.0.1", kind: .vLLM, incarnation: 1)
            let event = KVEvent.stored(parent: nil, blocks: blocks, tier: .device)
            return [.engine(description), .cache(engine, rank: 0, incarnation: 1, event)]
        }
    }

    func isWhole(in fleet: Fleet) -> Bool {
        chains.allSatisfy { engine, blocks in
            fleet.matches(blocks) == [RankID(engine: engine, rank: 0): blocks.count]
        }
    }
}

/// A coordinator's fleet behind its link, and when its picture was whole.
private final class Restored: Sendable {
    let fleet = Fleet()
    private let instant = Mutex<ContinuousClock.Instant?>(nil)

    var time: ContinuousClock.Instant? { instant.withLock { $0 } }

    func take(_ event: LinkEvent, from agent: AgentID) {
        fleet.apply(event, from: agent)
        if case .snapshotEnded = event { instant.withLock { $0 = ContinuousClock.now } }
    }

    func wait(_ limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while time == nil {
            guard ContinuousClock.now < deadline else { throw BenchmarkError("no snapshot came within \(limit)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
