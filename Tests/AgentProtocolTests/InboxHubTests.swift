import AgentProtocol
import Testing

struct InboxHubTests {
    private let peer = PeerID([1])

    private func hello(_ name: String, session: UInt64 = 1, versions: ClosedRange<UInt8> = 1...1) -> AgentMessage {
        .hello(
            Hello(
                versions: versions, session: session, description: AgentDescription(id: AgentID(name), epoch: 1)))
    }

    private func receive(
        _ hub: inout InboxHub, _ message: AgentMessage, from peer: PeerID, key: String = "k", now: Duration = .zero
    ) -> [InboxHubAction] {
        hub.received(message.bytes[...], from: peer, identity: key, now: now)
    }

    private func answers(_ actions: [InboxHubAction]) -> [CoordinatorMessage] {
        actions.compactMap { action in
            guard case .send(let bytes, _) = action else { return nil }
            return try? CoordinatorMessage(bytes: bytes[...])
        }
    }

    @Test func `a stranger is asked who it is`() {
        var hub = InboxHub()
        let actions = receive(&hub, .heartbeat(session: 5, last: 9), from: peer)
        #expect(answers(actions) == [.whoAreYou(session: 5)])
    }

    @Test func `numbers at the end of their range do no harm`() {
        var hub = InboxHub()
        _ = receive(&hub, hello("a", session: .max), from: peer)
        _ = receive(&hub, .item(session: .max, sequence: .max, .snapshotBegan), from: peer)
        for sequence in [UInt64.max, 0, 1] {
            _ = receive(&hub, .item(session: .max, sequence: sequence, .reports([])), from: peer)
        }
        _ = receive(&hub, .heartbeat(session: .max, last: .max), from: peer)
        #expect(hub.connectedCount == 1)
    }

    @Test func `a connected agent is asked for a piece, and its answer is handed on`() {
        var hub = InboxHub()
        let place = ModelFilesPlace(digest: "d", offset: 3)
        #expect(hub.ask(AgentID("a"), for: place).isEmpty)
        _ = receive(&hub, hello("a", session: 4), from: peer)
        #expect(answers(hub.ask(AgentID("a"), for: place)) == [.wants(session: 4, place)])
        let piece = ModelFilesPiece(place: place, total: 9, bytes: [1])
        #expect(receive(&hub, .piece(session: 3, piece), from: peer).isEmpty)
        #expect(receive(&hub, .piece(session: 4, piece), from: peer) == [.deliver(AgentID("a"), .piece(piece))])
        _ = hub.tick(now: .seconds(3))
        #expect(hub.ask(AgentID("a"), for: place).isEmpty)
    }

    @Test func `an agent of another protocol is refused with a sentence`() {
        var hub = InboxHub()
        guard case .refused(1, let reason)? = answers(receive(&hub, hello("a", versions: 7...9), from: peer)).first
        else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("7 to 9"))
    }

    @Test func `a name belongs to its key until the agent is lost`() {
        var hub = InboxHub()
        _ = receive(&hub, hello("a"), from: peer)
        let other = PeerID([2])
        #expect(receive(&hub, hello("a", session: 9), from: other, key: "other").contains(.refused(other, .nameTaken)))
        #expect(hub.tick(now: .seconds(3)) == [.deliver(AgentID("a"), .lost(.silent))])
        let later = receive(&hub, hello("a", session: 9), from: other, key: "other", now: .seconds(4))
        #expect(!later.contains(.refused(other, .nameTaken)))
    }

    @Test func `beyond the limit the one lost longest makes room, and nobody who is there`() {
        var hub = InboxHub(agentsMax: 2)
        _ = receive(&hub, hello("a"), from: PeerID([1]))
        _ = receive(&hub, hello("b"), from: PeerID([2]))
        let third = PeerID([3])
        #expect(receive(&hub, hello("c"), from: third).contains(.refused(third, .tooManyAgents)))
        _ = receive(&hub, .goodbye(session: 1, reason: ""), from: PeerID([1]))
        #expect(!receive(&hub, hello("c"), from: third).contains(.refused(third, .tooManyAgents)))
        #expect(hub.connectedCount == 2)
    }

    @Test func `a gap is asked for once in a while and nothing after it is delivered`() {
        var hub = InboxHub()
        _ = receive(&hub, hello("a"), from: peer)
        _ = receive(&hub, .item(session: 1, sequence: 1, .snapshotBegan), from: peer)
        _ = receive(&hub, .item(session: 1, sequence: 2, .snapshotEnded), from: peer)
        let gap = receive(&hub, .item(session: 1, sequence: 4, .reports([])), from: peer)
        #expect(answers(gap) == [.resync(session: 1, receivedUpTo: 2)])
        #expect(receive(&hub, .item(session: 1, sequence: 5, .reports([])), from: peer).isEmpty)
        let later = receive(&hub, .heartbeat(session: 1, last: 5), from: peer, now: .milliseconds(200))
        #expect(answers(later).first == .resync(session: 1, receivedUpTo: 2))
        let filled = receive(&hub, .item(session: 1, sequence: 3, .reports([])), from: peer)
        #expect(filled == [.deliver(AgentID("a"), .reports([]))])
    }
}
