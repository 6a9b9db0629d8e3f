import AgentLink
import AgentProtocol
import ClusterKit
import Fleet
import Glibc
import Logging
import Observability
import Synchronization

/// How soon what is lost is known again.
///
/// A fresh coordinator in front of 128 engines with full caches: 16 agents with 8 engines each, over links as in a
/// cluster (CURVE, ZeroMQ, TCP on loopback), all on this machine's cores. The coordinator was away for so long that the
/// agents dial at their slowest pace. The time is from when it listens until it credits at least 99 % of what the
/// engines hold of probe prompts; more than that would be an error. The slowest of the restarts counts.
enum Recovery {
    private static let agents = 16
    private static let enginesPerAgent = 8
    private static let restarts = 5
    private static let away = Duration.seconds(2)
    private static let giveUp = Duration.seconds(30)

    static var quiet: Logger { Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() } }

    static func bars() async throws -> [Bar] { [try await freshCoordinator(), try await LostBatches.bar()] }

    private static func freshCoordinator() async throws -> Bar {
        let warm = try (0..<agents).map { try WarmEngines(node: $0, engines: enginesPerAgent) }
        let keys = (coordinator: try CurveKeys.generate(), agent: try CurveKeys.generate())
        let metrics = MetricsRegistry()
        let listen: @Sendable (String, Arrival) throws -> AgentLinkServer = { endpoint, arrival in
            try AgentLinkServer(
                endpoint: endpoint, keys: keys.coordinator, allowedAgents: [keys.agent.publicKey], metrics: metrics,
                logger: quiet
            ) { arrival.take($1, from: $0) }
        }
        // This one only finds a free port, which those after it take over.
        let endpoint = try listen("tcp://127.0.0.1:0", Arrival(agents: agents)).endpoint
        let clients = try warm.map { engines in
            try AgentLinkClient(
                AgentDescription(id: engines.agent, epoch: AgentLinkClient.newEpoch()), endpoints: [endpoint],
                coordinatorKey: keys.coordinator.publicKey, keys: keys.agent, metrics: metrics, logger: quiet
            ) { engines.snapshot }
        }
        var times: [(whole: Double, greeted: Double, core: Double)] = []
        try await beside(clients.map { client in { try await client.run() } }) {
            for _ in 0..<restarts {
                try await Task.sleep(for: away)
                let arrival = Arrival(agents: agents)
                let start = ContinuousClock.now
                let work = try ProcessUsage.coreSeconds(getpid())
                let server = try listen(endpoint, arrival)
                try await beside([{ try await server.run() }]) { try await arrival.wait(giveUp) }
                let core = (try ProcessUsage.coreSeconds(getpid()) - work) * 1000
                try check(warm, in: arrival.fleet)
                let (greeted, whole) = arrival.times
                times.append(((whole - start).milliseconds, (greeted - start).milliseconds, core))
            }
        }
        let blocks = warm.reduce(0) { $0 + $1.blockCount }
        return Bar(
            name: "credit-of-128-engines-at-a-fresh-coordinator", value: times.map(\.whole).max() ?? .infinity,
            unit: "ms", limit: .atMost(1000),
            detail:
                "\(blocks) blocks; restarts: \(times.map { Bar.text($0.whole) }.joined(separator: ", ")) ms, of which "
                + "until the last agent had dialled \(times.map { Bar.text($0.greeted) }.joined(separator: ", ")) ms; "
                + "processor time of both ends \(times.map { Bar.text($0.core) }.joined(separator: ", ")) ms")
    }

    /// Every probe is credited as it is held: whole by its engine, the system prompt by all others.
    private static func check(_ warm: [WarmEngines], in fleet: Fleet) throws {
        var (credited, held) = (0, 0)
        for probe in warm.flatMap(\.probes) {
            let matches = fleet.matches(probe.chain)
            for (rank, blocks) in matches {
                let truth = rank.engine == probe.engine ? probe.chain.count : WarmEngines.systemBlocks
                guard blocks <= truth else {
                    throw BenchmarkError("\(rank) is credited \(blocks) blocks, it has \(truth)")
                }
                credited += blocks
            }
            held += probe.chain.count + (agents * enginesPerAgent - 1) * WarmEngines.systemBlocks
        }
        guard credited * 100 >= held * 99 else { throw BenchmarkError("\(credited) blocks of \(held) are credited") }
    }

    /// Runs services while `body` runs, then cancels them.
    static func beside(
        _ services: [@Sendable () async throws -> Void], _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service() } }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// A coordinator's fleet behind its link: when the last agent was heard first, and when enough pictures were whole for
/// 99 % of the credit, which is all of them.
private final class Arrival: Sendable {
    private struct State {
        var greeted: Set<AgentID> = []
        var whole: Set<AgentID> = []
        var greetedAt: ContinuousClock.Instant?
        var wholeAt: ContinuousClock.Instant?
    }

    let fleet = Fleet()
    private let agents: Int
    private let state = Mutex(State())

    init(agents: Int) { self.agents = agents }

    /// When the last agent had dialled, and when all was there.
    var times: (greeted: ContinuousClock.Instant, whole: ContinuousClock.Instant) {
        state.withLock { ($0.greetedAt ?? .now, $0.wholeAt ?? .now) }
    }

    func take(_ event: LinkEvent, from agent: AgentID) {
        fleet.apply(event, from: agent)
        state.withLock { state in
            switch event {
            case .connected:
                state.greeted.insert(agent)
                if state.greeted.count == agents, state.greetedAt == nil { state.greetedAt = .now }
            case .snapshotEnded:
                state.whole.insert(agent)
                if state.whole.count == agents, state.wholeAt == nil { state.wholeAt = .now }
            case .reports, .snapshotBegan, .piece, .work, .replicas, .lost: break
            }
        }
    }

    func wait(_ limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.wholeAt }) == nil {
            guard ContinuousClock.now < deadline else { throw BenchmarkError("not every snapshot came in \(limit)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
