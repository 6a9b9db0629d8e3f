import AgentLink
import AgentProtocol
import CZeroMQ
import Glibc
import Observability
import Testing

/// Who is not let in, and that a coordinator survives the attempt.
@Suite(.serialized) struct RefusalTests {
    private func refusals(_ harness: LinkHarness, _ reason: String) -> Bool {
        harness.metrics.text().contains("martlet_link_handshakes_refused_total{reason=\"\(reason)\"}")
    }

    @Test func `an agent with an unlisted key`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let stranger = try harness.client(server.endpoint, Holder(1), keys: CurveKeys.generate())
        try await withServices([server, stranger]) {
            #expect(await eventually { refusals(harness, "key_not_allowed") })
            #expect(recorder.events.isEmpty)
            #expect(stranger.connectedCount == 0)
        }
    }

    @Test func `a coordinator with another key than the pinned one`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, Holder(1), pinned: CurveKeys.generate().publicKey)
        try await withServices([server, client]) {
            #expect(await eventually { refusals(harness, "protocol") || refusals(harness, "no_detail") })
            #expect(recorder.events.isEmpty)
            #expect(client.connectedCount == 0)
        }
    }

    @Test func `an empty list of agents lets nobody in`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder, allowed: [])
        let client = try harness.client(server.endpoint, Holder(1))
        try await withServices([server, client]) {
            #expect(await eventually { refusals(harness, "key_not_allowed") })
            #expect(recorder.events.isEmpty)
        }
    }

    @Test func `a peer without encryption`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, Holder(3))
        try await withServices([server, client]) {
            let plain = try RawPeer(server.endpoint)
            plain.send(AgentMessage.goodbye(session: 1, reason: "x").bytes)
            #expect(await eventually { refusals(harness, "protocol") || refusals(harness, "no_detail") })
            plain.close()
            #expect(await eventually { recorder.snapshots == 1 })
        }
    }

    @Test func `garbage and half a greeting`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, Holder(3))
        try await withServices([server]) {
            for seed in 0..<20 {
                let bytes = (0..<(seed * 37)).map { UInt8(truncatingIfNeeded: $0 * 131 + seed * 7) }
                try Loopback.send(bytes, to: server.endpoint)
                try Loopback.send([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3] + bytes, to: server.endpoint)
            }
            try await withServices([client]) { #expect(await eventually { recorder.snapshots == 1 }) }
        }
    }

    @Test func `messages of an allowed peer that mean nothing`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, Holder(3))
        try await withServices([server, client]) {
            let peer = try RawPeer(server.endpoint, keys: harness.clientKeys, serverKey: harness.serverKeys.publicKey)
            peer.send([1, 2, 3])
            peer.send([])
            peer.send([UInt8(ascii: "M"), 1, 2] + [UInt8](repeating: 0xFF, count: 40))
            #expect(
                await eventually {
                    harness.metrics.text().contains("martlet_link_messages_refused_total{reason=\"malformed\"} 3")
                })
            #expect(await eventually { recorder.snapshots == 1 })
            peer.close()
        }
    }

    @Test func `a frame of a hundred megabytes`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let server = try harness.server(recorder)
        let client = try harness.client(server.endpoint, Holder(3))
        try await withServices([server, client]) {
            let peer = try RawPeer(server.endpoint, keys: harness.clientKeys, serverKey: harness.serverKeys.publicKey)
            peer.send([UInt8](repeating: 7, count: 100_000_000))
            #expect(await eventually { peer.wasDisconnected })
            peer.close()
            #expect(await eventually { recorder.snapshots == 1 })
            #expect(!harness.metrics.text().contains("malformed"))
        }
    }

    @Test func `another agent's name under another key`() async throws {
        let harness = try LinkHarness()
        let recorder = Recorder()
        let other = try CurveKeys.generate()
        let server = try harness.server(recorder, allowed: [harness.clientKeys.publicKey, other.publicKey])
        let rightful = try harness.client(server.endpoint, Holder(3))
        try await withServices([server, rightful]) {
            #expect(await eventually { recorder.snapshots == 1 })
            let thief = try harness.client(server.endpoint, Holder(9), keys: other)
            try await withServices([thief]) {
                #expect(await eventually { harness.metrics.text().contains("name_taken") })
                #expect(recorder.snapshots == 1)
                #expect(recorder.shown.count == 3)
            }
        }
    }
}
