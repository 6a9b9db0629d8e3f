import AgentLink
import AgentProtocol
import KVBlocks
import Logging
import Observability
import ServiceLifecycle
import Synchronization
import Testing

/// Everything a coordinator's end delivered, and the engines' blocks it adds up to.
final class Recorder: Sendable {
    private struct State {
        var events: [LinkEvent] = []
        var shown: Set<BlockHash> = []
        var building: Set<BlockHash>?
        var snapshotAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    func record(_ agent: AgentID, _ event: LinkEvent) {
        state.withLock { state in
            switch event {
            case .connected, .lost, .piece, .work, .replicas: break
            case .snapshotBegan: state.building = []
            case .snapshotEnded:
                state.shown = state.building ?? []
                state.building = nil
                state.snapshotAt = ContinuousClock.now
            case .reports(let reports):
                for report in reports {
                    guard case .cache(_, _, _, .stored(_, let blocks, _)) = report else { continue }
                    if state.building == nil {
                        state.shown.formUnion(blocks)
                    } else {
                        state.building?.formUnion(blocks)
                    }
                }
            }
            if case .reports = event { return }
            state.events.append(event)
        }
    }

    var shown: Set<BlockHash> { state.withLock { $0.shown } }
    var events: [LinkEvent] { state.withLock { $0.events } }
    /// When the last snapshot was whole, noted on the link's thread.
    var snapshotAt: ContinuousClock.Instant? { state.withLock { $0.snapshotAt } }
    var snapshots: Int { events.count { $0 == .snapshotEnded } }
    var losses: Int { events.count { if case .lost = $0 { true } else { false } } }
    var connections: Int { events.count { if case .connected = $0 { true } else { false } } }
}

/// What an engine on the agent's side holds.
final class Holder: Sendable {
    static let engine = EngineID(namespace: "dev", pod: "engine-0", port: 8000)

    private let blocks: Mutex<[BlockHash]>

    init(_ count: Int = 0) { blocks = Mutex((0..<count).map { BlockHash(UInt64($0) + 1) }) }

    /// Adds one block and gives the report that tells of it.
    func grow() -> Report {
        blocks.withLock { blocks in
            let parent = blocks.last
            let next = BlockHash(UInt64(blocks.count) + 1)
            blocks.append(next)
            return .cache(Self.engine, rank: 0, incarnation: 1, .stored(parent: parent, blocks: [next], tier: .device))
        }
    }

    var all: Set<BlockHash> { Set(blocks.withLock { $0 }) }

    var snapshot: [Report] {
        let description = EngineDescription(
            id: Self.engine, podUID: "u", node: "n", host: "127.64.0.1", kind: .vLLM, incarnation: 1)
        let held = blocks.withLock { $0 }
        return [
            .engine(description),
            .cache(Self.engine, rank: 0, incarnation: 1, .stored(parent: nil, blocks: held, tier: .device)),
        ]
    }
}

/// Builds ends of a link on loopback ports that the system chooses.
struct LinkHarness {
    let serverKeys: CurveKeys
    let clientKeys: CurveKeys
    let metrics = MetricsRegistry()

    init() throws {
        serverKeys = try CurveKeys.generate()
        clientKeys = try CurveKeys.generate()
    }

    func server(
        _ recorder: Recorder, endpoint: String = "tcp://127.0.0.1:0", allowed: [String]? = nil
    ) throws -> AgentLinkServer {
        try AgentLinkServer(
            endpoint: endpoint, keys: serverKeys, allowedAgents: allowed ?? [clientKeys.publicKey], metrics: metrics,
            logger: Self.logger
        ) { recorder.record($0, $1) }
    }

    func client(
        _ endpoint: String, _ holder: Holder, name: String = "node-1", keys: CurveKeys? = nil, pinned: String? = nil
    ) throws -> AgentLinkClient {
        try AgentLinkClient(
            AgentDescription(id: AgentID(name), epoch: AgentLinkClient.newEpoch()), endpoints: [endpoint],
            coordinatorKey: pinned ?? serverKeys.publicKey, keys: keys ?? clientKeys, metrics: metrics,
            logger: Self.logger
        ) { holder.snapshot }
    }

    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

/// Waits until `condition` holds; false after `seconds`.
func eventually(within seconds: Double = 30, _ condition: @Sendable () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return true
}

/// Runs services beside `body` and stops them when it ends.
func withServices(_ services: [any Service], _ body: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for service in services { group.addTask { try await service.run() } }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        try await group.waitForAll()
        try result.get()
    }
}
