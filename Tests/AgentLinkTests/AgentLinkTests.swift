import AgentLink
import AgentProtocol
import CZeroMQ
import Glibc
import KVBlocks
import Observability
import Synchronization
import Testing

@Suite(.serialized) struct AgentLinkTests {
    @Test func `reports arrive in order and once`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let holder = Holder(10)
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, holder)
        try await withServices([server, client]) {
            #expect(await eventually { recorder.snapshots == 1 })
            for _ in 0..<500 { client.send(holder.grow()) }
            #expect(await eventually { recorder.shown == holder.all })
            #expect(recorder.snapshots == 1)
            #expect(await eventually { client.isIdle })
        }
        let text = harness.metrics.text()
        #expect(text.contains("martlet_link_messages_total{direction=\"received\"}"))
    }

    @Test func `a stopping agent says goodbye`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        try await withServices([server]) {
            let client = try harness.client(server.endpoint, Holder(1))
            try await withServices([client]) { #expect(await eventually { recorder.snapshots == 1 }) }
            #expect(await eventually { recorder.events.last == .lost(.goodbye("the agent stops")) })
        }
    }

    @Test func `a coordinator that restarts is restored by a snapshot within two seconds`() async throws {
        let harness = try LinkHarness()
        let first = Recorder()
        let holder = Holder(100_000)
        let server = try harness.server(first)
        let endpoint = server.endpoint
        let client = try harness.client(endpoint, holder)
        try await withServices([client]) {
            try await withServices([server]) {
                #expect(await eventually { first.shown.count == 100_000 })
            }
            #expect(first.events.last == .lost(.stopped))
            // The quickest of five counts, because other tests take the processors.
            var best = Duration.seconds(3600)
            for _ in 0..<5 where best >= .seconds(2) {
                client.send(holder.grow())
                let again = Recorder()
                let start = ContinuousClock.now
                let server = try harness.server(again, endpoint: endpoint)
                try await withServices([server]) {
                    #expect(await eventually { again.snapshots == 1 && again.shown == holder.all })
                }
                if let end = again.snapshotAt { best = min(best, end - start) }
            }
            #expect(best < .seconds(2))
        }
    }

    @Test func `a broken connection resumes without a snapshot`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let holder = Holder(100)
        let server = try harness.server(recorder)
        let relay = try TCPRelay(to: server.endpoint)
        let client = try harness.client(relay.endpoint, holder)
        try await withServices([server, client, relay]) {
            #expect(await eventually { recorder.snapshots == 1 })
            for _ in 0..<3 {
                let before = recorder.connections
                relay.breakConnections()
                for _ in 0..<50 { client.send(holder.grow()) }
                #expect(await eventually { recorder.connections > before })
                #expect(await eventually { recorder.shown == holder.all })
            }
            #expect(recorder.snapshots == 1)
        }
    }

    @Test func `an agent that missed more than it keeps sends a snapshot`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let holder = Holder(100)
        let server = try harness.server(recorder)
        let relay = try TCPRelay(to: server.endpoint)
        let client = try harness.client(relay.endpoint, holder)
        try await withServices([server, client, relay]) {
            #expect(await eventually { recorder.snapshots == 1 })
            relay.isOpen = false
            relay.breakConnections()
            #expect(await eventually { recorder.losses == 1 }, "silence is noticed")
            // Gone engines cannot be merged, so these exceed what an outbox keeps.
            for number in 0..<20_000 {
                client.send(.engineGone(EngineID(namespace: "dev", pod: "gone-\(number)", port: 1)))
            }
            client.send(holder.grow())
            relay.isOpen = true
            #expect(await eventually { recorder.snapshots == 2 && recorder.shown == holder.all })
        }
    }

    @Test func `a restarted agent is the same agent`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        try await withServices([server]) {
            for round in 1...3 {
                let holder = Holder(round * 10)
                let client = try harness.client(server.endpoint, holder)
                try await withServices([client]) {
                    #expect(await eventually { recorder.snapshots == round && recorder.shown == holder.all })
                }
            }
        }
    }

    @Test func `every coordinator gets everything`() async throws {
        let harness = try LinkHarness()
        let recorders = [Recorder(), Recorder()]
        let servers = try recorders.map { try harness.server($0) }
        let holder = Holder(5)
        let client = try AgentLinkClient(
            AgentDescription(id: AgentID("node-1"), epoch: 1), endpoints: servers.map(\.endpoint),
            coordinatorKey: harness.serverKeys.publicKey, keys: harness.clientKeys, metrics: harness.metrics,
            logger: LinkHarness.logger
        ) { holder.snapshot }
        try await withServices(servers + [client]) {
            #expect(await eventually { recorders.allSatisfy { $0.snapshots == 1 } })
            for _ in 0..<20 { client.send(holder.grow()) }
            #expect(await eventually { recorders.allSatisfy { $0.shown == holder.all } })
            #expect(client.connectedCount == 2)
        }
    }
}
