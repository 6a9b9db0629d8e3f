import AgentLink
import AgentProtocol
import KVBlocks
import Synchronization
import Testing

@Suite(.serialized) struct WorkRelayTests {
    /// What one coordinator heard of the others.
    private final class Hearing: Sendable {
        private let state = Mutex<(work: [ReplicaWork], others: Int)>(([], 0))

        func record(_ event: LinkEvent) {
            state.withLock { state in
                switch event {
                case .work(let work): state.work.append(work)
                case .replicas(let count): state.others = count
                case .connected, .lost: state.others = 0
                case .reports, .snapshotBegan, .snapshotEnded, .piece: break
                }
            }
        }

        var work: [ReplicaWork] { state.withLock { $0.work } }
        var others: Int { state.withLock { $0.others } }
    }

    private let id = AgentID("node-1")

    private func work(_ replica: UInt64, _ requests: Int) -> ReplicaWork {
        let marks = ChainMarks((0..<40).map { BlockHash($0) })
        return ReplicaWork(
            replica: replica,
            engines: [
                EngineWork(
                    engine: Holder.engine, incarnation: 1, requests: requests, pendingTokens: 640,
                    prompts: marks.map { [EngineWork.Prompt(marks: $0)] } ?? [])
            ])
    }

    private func server(_ harness: LinkHarness, _ hearing: Hearing) throws -> AgentLinkServer {
        try AgentLinkServer(
            endpoint: "tcp://127.0.0.1:0", keys: harness.serverKeys, allowedAgents: [harness.clientKeys.publicKey],
            metrics: harness.metrics, logger: LinkHarness.logger
        ) { hearing.record($1) }
    }

    /// Each coordinator has a link of its own, as in the agent's program.
    private func clients(_ harness: LinkHarness, _ servers: [AgentLinkServer]) throws -> [AgentLinkClient] {
        let relay = WorkRelay()
        let epoch = AgentLinkClient.newEpoch()
        return try servers.map { server in
            try AgentLinkClient(
                AgentDescription(id: id, epoch: epoch), endpoints: [server.endpoint],
                coordinatorKey: harness.serverKeys.publicKey, keys: harness.clientKeys, metrics: harness.metrics,
                logger: LinkHarness.logger, relay: relay
            ) { [] }
        }
    }

    @Test func `what one coordinator has under way reaches the others and not itself`() async throws {
        let harness = try LinkHarness()
        let hearings = (0..<3).map { _ in Hearing() }
        let servers = try hearings.map { try server(harness, $0) }
        let clients = try clients(harness, servers)
        try await withServices(servers + clients) {
            #expect(await eventually { hearings.allSatisfy { $0.others == 2 } })
            servers[0].tell(id, work(10, 3))
            #expect(await eventually { hearings[1].work == [work(10, 3)] && hearings[2].work == [work(10, 3)] })
            servers[2].tell(id, work(12, 1))
            #expect(await eventually { hearings[0].work == [work(12, 1)] && hearings[1].work.count == 2 })
            #expect(hearings[2].work == [work(10, 3)])
        }
    }

    @Test func `without another coordinator nothing is sent`() async throws {
        let harness = try LinkHarness()
        let hearing = Hearing()
        let server = try server(harness, hearing)
        let clients = try clients(harness, [server])
        try await withServices([server] + clients) {
            #expect(await eventually { clients[0].isIdle })
            server.tell(id, work(10, 3))
            #expect(await eventually { clients[0].isIdle })
        }
        #expect(hearing.work.isEmpty && hearing.others == 0)
    }

    @Test func `a coordinator that goes leaves no work behind`() async throws {
        let harness = try LinkHarness()
        let hearings = (0..<2).map { _ in Hearing() }
        let servers = try hearings.map { try server(harness, $0) }
        let clients = try clients(harness, servers)
        try await withServices([servers[1]] + clients) {
            try await withServices([servers[0]]) {
                #expect(await eventually { hearings.allSatisfy { $0.others == 1 } })
                servers[0].tell(id, work(10, 3))
                #expect(await eventually { hearings[1].work == [work(10, 3)] })
            }
            #expect(await eventually { hearings[1].work.last == ReplicaWork(replica: 10, isOver: true) })
            #expect(await eventually { hearings[1].others == 0 })
        }
    }

    @Test func `the link in memory passes work on as the link does`() {
        let hearing = Hearing()
        let passed = Mutex<[ReplicaWork]>([])
        let link = MemoryLink(
            AgentDescription(id: id, epoch: 1), snapshot: { [] },
            passOn: { work in passed.withLock { $0.append(work) } }, deliver: { hearing.record($1) })
        link.connect()
        link.tell(work(10, 1))
        #expect(passed.withLock { $0.isEmpty })
        link.take(nil, others: 1)
        #expect(hearing.others == 1)
        link.tell(work(10, 1))
        #expect(passed.withLock { $0 } == [work(10, 1)])
        link.take(work(11, 2), others: 1)
        #expect(hearing.work == [work(11, 2)])
    }
}
