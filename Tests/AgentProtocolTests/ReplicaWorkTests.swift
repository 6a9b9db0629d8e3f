import AgentProtocol
import KVBlocks
import Testing

/// What coordinators hear of each other through an agent, and what they do not.
struct ReplicaWorkTests {
    private static let peer = PeerID([1])

    private func engine(_ number: Int) -> EngineID { EngineID(namespace: "n", pod: "p\(number)", port: 1) }

    private func work(_ number: Int, requests: Int = 1, prompts: Int = 0, life: UInt64 = 1) -> EngineWork {
        let marks = (0..<prompts).compactMap { ChainMarks([BlockHash(UInt64(number * 1_000 + $0))]) }
        return EngineWork(
            engine: engine(number), incarnation: life, requests: requests, pendingTokens: 10 * requests,
            prompts: marks.map { EngineWork.Prompt(marks: $0) })
    }

    /// An outbox whose session is open at this version of the protocol.
    private func opened(version: UInt8) throws -> Outbox {
        var outbox = Outbox(AgentDescription(id: AgentID("node"), epoch: 100))
        outbox.connected(now: .zero)
        _ = outbox.next(now: .zero)
        let welcome = CoordinatorMessage.welcome(session: 101, version: version, resumeAfter: nil, creditBytes: 1 << 20)
        try outbox.received(welcome.bytes[...], now: .zero)
        #expect(outbox.next(now: .zero) == .takeSnapshot)
        outbox.snapshotTaken([])
        _ = sent(&outbox)
        return outbox
    }

    private func sent(_ outbox: inout Outbox, now: Duration = .zero) -> [AgentMessage] {
        var messages: [AgentMessage] = []
        while case .send(let bytes)? = outbox.next(now: now) {
            if let message = try? AgentMessage(bytes: bytes[...]) { messages.append(message) }
        }
        return messages
    }

    private func told(_ messages: [AgentMessage]) -> [ReplicaWork] {
        messages.compactMap { if case .work(_, let work) = $0 { work } else { nil } }
    }

    @Test func `of an engine the newest counts wait, and every prompt since`() throws {
        var outbox = try opened(version: 2)
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1, requests: 1, prompts: 1), work(2)]))
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1, requests: 3, prompts: 2)]))
        outbox.tell(ReplicaWork(replica: 8, engines: [work(1, requests: 5)]))
        let messages = told(sent(&outbox))
        var merged = work(1, requests: 3, prompts: 2)
        merged.prompts = work(1, prompts: 1).prompts + merged.prompts
        #expect(
            messages == [
                ReplicaWork(replica: 7, engines: [merged, work(2)]),
                ReplicaWork(replica: 8, engines: [work(1, requests: 5)]),
            ])
        #expect(outbox.workDropped == 0)
    }

    @Test func `prompts of an engine's earlier life do not wait beside those of a later one`() throws {
        var outbox = try opened(version: 2)
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1, prompts: 2, life: 1)]))
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1, prompts: 1, life: 2)]))
        #expect(told(sent(&outbox)) == [ReplicaWork(replica: 7, engines: [work(1, prompts: 1, life: 2)])])
    }

    @Test func `what waits is bounded, the oldest goes and is counted`() throws {
        var outbox = try opened(version: 2)
        for number in 0..<1_500 { outbox.tell(ReplicaWork(replica: 7, engines: [work(number)])) }
        #expect(outbox.workDropped == 1_500 - 1_024)
        let messages = told(sent(&outbox))
        #expect(messages.allSatisfy { $0.engines.count <= ReplicaWork.enginesMax })
        #expect(messages.flatMap(\.engines) == (476..<1_500).map { work($0) })
        for number in 0..<200 { outbox.tell(ReplicaWork(replica: 7, engines: [work(number, prompts: 16)])) }
        let prompts = told(sent(&outbox)).flatMap(\.engines).reduce(0) { $0 + $1.prompts.count }
        #expect(prompts == 2_048)
        #expect(outbox.workDropped == 476 + 200 - 128)
    }

    @Test func `a replica that is over leaves nothing that waits`() throws {
        var outbox = try opened(version: 2)
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1)]))
        outbox.tell(ReplicaWork(replica: 8, engines: [work(1)]))
        outbox.tell(ReplicaWork(replica: 7, isOver: true))
        #expect(
            told(sent(&outbox)) == [
                ReplicaWork(replica: 7, isOver: true), ReplicaWork(replica: 8, engines: [work(1)]),
            ])
    }

    @Test func `a coordinator is told how many others there are, again beside heartbeats`() throws {
        var outbox = try opened(version: 2)
        outbox.setOthers(2)
        #expect(sent(&outbox) == [.replicas(session: 101, others: 2)])
        #expect(sent(&outbox).isEmpty)
        #expect(sent(&outbox, now: .seconds(1)).contains(.replicas(session: 101, others: 2)))
    }

    @Test func `a coordinator of an earlier version is told nothing of it`() throws {
        var outbox = try opened(version: 1)
        outbox.setOthers(2)
        outbox.tell(ReplicaWork(replica: 7, engines: [work(1)]))
        #expect(!outbox.sharesWork)
        #expect(sent(&outbox).isEmpty)
    }

    @Test func `an agent of an earlier version, or with no other coordinator, is told nothing`() {
        var hub = InboxHub()
        let id = AgentID("a")
        let description = AgentDescription(id: id, epoch: 1)
        let hello = AgentMessage.hello(Hello(versions: 1...1, session: 4, description: description))
        _ = hub.received(hello.bytes[...], from: Self.peer, identity: "k", now: .zero)
        let work = ReplicaWork(replica: 7, engines: [work(1)])
        #expect(hub.tell(id, work).isEmpty)
        func heard(_ message: AgentMessage) -> [InboxHubAction] {
            hub.received(message.bytes[...], from: Self.peer, identity: "k", now: .zero)
        }
        #expect(heard(.replicas(session: 4, others: 1)) == [.deliver(id, .replicas(others: 1))])
        #expect(heard(.replicas(session: 4, others: 1)).isEmpty)
        #expect(hub.tell(id, work) == [.send(CoordinatorMessage.work(session: 4, work).bytes, to: Self.peer)])
        #expect(heard(.work(session: 4, work)) == [.deliver(id, .work(work))])
        #expect(heard(.work(session: 3, work)).isEmpty)
        #expect(heard(.replicas(session: 4, others: 0)) == [.deliver(id, .replicas(others: 0))])
        #expect(hub.tell(id, work).isEmpty)
    }

    /// Kinds that no version has yet stand for what a program does not know.
    @Test func `a message that is not known changes nothing on either side`() throws {
        var outbox = try opened(version: 2)
        outbox.setOthers(1)
        let unknown: [UInt8] = [UInt8(ascii: "M"), 2, 200, 101, 0, 0, 0, 0, 0, 0, 0, 9]
        #expect(throws: WireError.self) { try outbox.received(unknown[...], now: .zero) }
        #expect(sent(&outbox) == [.replicas(session: 101, others: 1)])
        var hub = InboxHub()
        let hello = AgentMessage.hello(
            Hello(versions: 1...2, session: 1, description: AgentDescription(id: AgentID("a"), epoch: 1)))
        _ = hub.received(hello.bytes[...], from: Self.peer, identity: "k", now: .zero)
        #expect(
            hub.received(unknown[...], from: Self.peer, identity: "k", now: .zero)
                == [.refused(Self.peer, .malformed)])
        #expect(hub.connectedCount == 1)
        let next = AgentMessage.item(session: 1, sequence: 1, .snapshotBegan)
        #expect(
            hub.received(next.bytes[...], from: Self.peer, identity: "k", now: .zero)
                == [.deliver(AgentID("a"), .snapshotBegan)])
    }

    @Test func `messages that every version knows carry the first version's number`() {
        #expect(AgentMessage.heartbeat(session: 1, last: 1).bytes[1] == 1)
        #expect(CoordinatorMessage.ack(session: 1, sequence: 1, creditBytes: 1).bytes[1] == 1)
        #expect(AgentMessage.replicas(session: 1, others: 1).bytes[1] == 2)
    }
}
