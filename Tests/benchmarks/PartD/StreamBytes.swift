import AgentProtocol
import EngineWire
import Engines

/// What an agent sends a coordinator for an engine's work: bytes on the link, before encryption, by block stored or
/// removed. The engine is that of the decoding bar, with a full cache of 40,000 blocks; each of its steps is sent by
/// itself, as when the link keeps up. A block's hash alone is 8 bytes.
enum StreamBytes {
    private static let steps = 2_000
    private static let heldBlocks = 40_000

    static func bar() throws -> Bar {
        let (bytes, blocks) = try sent(version: AgentProtocolLimits.versions.upperBound)
        let (before, _) = try sent(version: AgentProtocolLimits.versions.lowerBound)
        return Bar(
            name: "bytes-sent-a-block-operation", value: Double(bytes) / Double(blocks), unit: "B", limit: .atMost(9.5),
            detail: "\(blocks) operations; in the protocol's first version "
                + "\(Bar.text(Double(before) / Double(blocks))) B")
    }

    private static func sent(version: UInt8) throws -> (bytes: Int, blocks: Int) {
        var engine = EventWriter(blockSize: 16, heldBlocks: heldBlocks)
        var cache = EngineCache()
        var rows = KVEventRows()
        while engine.held < heldBlocks * 9 / 10 {
            try rows.read(engine.batch(prompts: 2, answers: 0))
            _ = cache.apply(rows)
        }
        let id = EngineID(namespace: "default", pod: "llama-serving-0-decode-0-0", port: 8000)
        var link = try OpenLink(version: version)
        let before = engine.blocks
        for _ in 0..<steps {
            try rows.read(engine.batch(prompts: 2, answers: 16))
            for event in cache.apply(rows) {
                link.outbox.add(.cache(id, rank: 0, incarnation: 1_764_000_000_000_000, event))
            }
            try link.send()
        }
        return (link.bytes, engine.blocks - before)
    }

    /// The agent's end of a link whose other end acknowledges all it gets.
    private struct OpenLink {
        var outbox = Outbox(AgentDescription(id: AgentID("node"), epoch: 1))
        private(set) var bytes = 0

        init(version: UInt8) throws {
            outbox.connected(now: .zero)
            _ = outbox.next(now: .zero)
            let welcome = CoordinatorMessage.welcome(
                session: 2, version: version, resumeAfter: nil, creditBytes: 4 << 20)
            try outbox.received(welcome.bytes[...], now: .zero)
            guard outbox.next(now: .zero) == .takeSnapshot else { throw BenchmarkError("no snapshot was asked for") }
            outbox.snapshotTaken([])
            try send()
            bytes = 0
        }

        mutating func send() throws {
            while case .send(let message)? = outbox.next(now: .zero) {
                bytes += message.count
                guard case .item(_, let sequence, _) = try AgentMessage(bytes: message[...]) else { continue }
                let ack = CoordinatorMessage.ack(session: 2, sequence: sequence, creditBytes: 4 << 20)
                try outbox.received(ack.bytes[...], now: .zero)
            }
        }
    }
}
