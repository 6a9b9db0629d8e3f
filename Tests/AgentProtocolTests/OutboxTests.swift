import AgentProtocol
import KVBlocks
import Testing

struct OutboxTests {
    private static let engine = EngineID(namespace: "n", pod: "p", port: 1)
    private let description = AgentDescription(id: AgentID("node"), epoch: 100)

    /// An outbox whose session is open and whose first snapshot was acknowledged.
    private func opened(_ snapshot: [Report] = []) throws -> Outbox {
        var outbox = Outbox(description)
        outbox.connected(now: .zero)
        _ = sent(&outbox)
        try answer(&outbox, .welcome(session: 101, version: 1, resumeAfter: nil, creditBytes: 1 << 20))
        #expect(outbox.next(now: .zero) == .takeSnapshot)
        outbox.snapshotTaken(snapshot)
        let last = try #require(sent(&outbox).last)
        guard case .item(_, let sequence, .snapshotEnded) = last else { throw WireError.truncated }
        try answer(&outbox, .ack(session: 101, sequence: sequence, creditBytes: 1 << 20))
        #expect(outbox.isIdle)
        return outbox
    }

    private func answer(_ outbox: inout Outbox, _ message: CoordinatorMessage, now: Duration = .zero) throws {
        try outbox.received(message.bytes[...], now: now)
    }

    private func sent(_ outbox: inout Outbox, now: Duration = .zero) -> [AgentMessage] {
        var messages: [AgentMessage] = []
        while let action = outbox.next(now: now) {
            guard case .send(let bytes) = action, let message = try? AgentMessage(bytes: bytes[...]) else {
                return messages
            }
            messages.append(message)
        }
        return messages
    }

    private func reports(_ messages: [AgentMessage]) -> [Report] {
        messages.flatMap { message -> [Report] in
            guard case .item(_, _, .reports(let reports)) = message else { return [] }
            return reports
        }
    }

    private func load(_ running: Int) -> Report {
        var load = EngineLoad()
        load.running = running
        return .load(Self.engine, load)
    }

    private func stored(_ parent: UInt64?, _ blocks: ClosedRange<UInt64>) -> Report {
        .cache(
            Self.engine, rank: 0, incarnation: 1,
            .stored(parent: parent.map { BlockHash($0) }, blocks: blocks.map { BlockHash($0) }, tier: .device))
    }

    @Test func `loads that wait are merged and runs of blocks joined`() throws {
        var outbox = try opened()
        for report in [load(1), stored(nil, 1...2), stored(2, 3...4), load(2), stored(9, 10...11), load(3)] {
            outbox.add(report)
        }
        #expect(reports(sent(&outbox)) == [load(3), stored(nil, 1...4), stored(9, 10...11)])
    }

    @Test func `more than the credit waits until it is acknowledged`() throws {
        var outbox = try opened()
        outbox.add(stored(nil, 1...400_000))
        let first = sent(&outbox)
        let bytes = first.reduce(0) { $0 + $1.bytes.count }
        #expect(bytes > 900_000 && bytes <= 1 << 20)
        guard case .item(_, let sequence, _)? = first.last else { throw WireError.truncated }
        #expect(sent(&outbox).isEmpty)
        try answer(&outbox, .ack(session: 101, sequence: sequence, creditBytes: 1 << 20))
        #expect(!sent(&outbox).isEmpty)
    }

    @Test func `every block of a large run arrives in a message within the limit`() throws {
        var outbox = try opened()
        outbox.add(stored(nil, 1...50_000))
        let messages = sent(&outbox)
        #expect(messages.allSatisfy { $0.bytes.count < AgentProtocolLimits.messageBytesMax })
        var parent: BlockHash?
        var count = 0
        for report in reports(messages) {
            guard case .cache(_, _, _, .stored(let from, let blocks, _)) = report else { continue }
            #expect(from == parent)
            parent = blocks.last
            count += blocks.count
        }
        #expect(count == 50_000)
    }

    @Test func `more than an outbox keeps becomes a snapshot`() throws {
        var outbox = try opened()
        outbox.disconnected()
        for number in 0..<20_000 {
            outbox.add(.engineGone(EngineID(namespace: "n", pod: "\(number)", port: 1)))
        }
        outbox.connected(now: .zero)
        _ = sent(&outbox)
        try answer(&outbox, .welcome(session: 102, version: 1, resumeAfter: 3, creditBytes: 1 << 20))
        #expect(outbox.next(now: .zero) == .takeSnapshot)
    }

    @Test func `what was not acknowledged is sent again and nothing else`() throws {
        var outbox = try opened()
        outbox.add(load(1))
        guard case .item(_, let acknowledged, _)? = sent(&outbox).first else { throw WireError.truncated }
        outbox.add(load(2))
        _ = sent(&outbox)
        outbox.disconnected()
        outbox.add(load(3))
        outbox.connected(now: .zero)
        _ = sent(&outbox)
        try answer(
            &outbox, .welcome(session: 102, version: 1, resumeAfter: acknowledged, creditBytes: 1 << 20))
        #expect(reports(sent(&outbox)) == [load(2), load(3)])
    }

    @Test func `it greets again, beats and gives up a silent connection`() throws {
        var outbox = Outbox(description)
        outbox.connected(now: .zero)
        #expect(sent(&outbox).count == 1)
        #expect(sent(&outbox, now: .milliseconds(499)).isEmpty)
        #expect(sent(&outbox, now: .milliseconds(500)).count == 1)
        outbox = try opened()
        #expect(sent(&outbox, now: .milliseconds(999)).isEmpty)
        #expect(sent(&outbox, now: .seconds(1)) == [.heartbeat(session: 101, last: 2)])
        #expect(outbox.next(now: .seconds(3)) == .reconnect)
    }

    @Test func `a piece is read when it is asked for, a few at a time`() throws {
        var outbox = try opened()
        let place = ModelFilesPlace(digest: "d", offset: 5)
        for _ in 0..<10 { try answer(&outbox, .wants(session: 101, place)) }
        try answer(&outbox, .wants(session: 100, place))
        var read = 0
        while outbox.next(now: .zero) == .readPiece(place) { read += 1 }
        #expect(read == 4)
        let piece = ModelFilesPiece(place: place, total: 7, bytes: [1, 2])
        let bytes = try #require(outbox.message(piece))
        #expect(try AgentMessage(bytes: bytes[...]) == .piece(session: 101, piece))
        outbox.disconnected()
        #expect(outbox.message(piece) == nil)
    }

    @Test func `a refused agent pauses before it asks again`() throws {
        var outbox = Outbox(description)
        outbox.connected(now: .zero)
        _ = sent(&outbox)
        try answer(&outbox, .refused(session: 101, reason: "no"))
        #expect(outbox.next(now: .zero) == .refused("no"))
        #expect(outbox.next(now: .seconds(4)) == nil)
        #expect(outbox.next(now: .seconds(5)) != nil)
    }
}
