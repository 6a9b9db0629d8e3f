import AgentProtocol
import KVBlocks
import TestKit
import Testing

/// An agent, a coordinator and the link between them, driven by a seed: messages are lost, doubled and overtake one
/// another, connections break, either end restarts.
struct SimulatedLink {
    private struct Message {
        var bytes: [UInt8]
        var arrivesAt: Duration
    }

    private static let agent = AgentID("node-1")

    private var random: SeededRandom
    private var now = Duration.zero
    private var epoch: UInt64 = 1_000_000
    private var outbox: Outbox
    private var hub = InboxHub()
    private var toCoordinator: [Message] = []
    private var toAgent: [Message] = []
    private var peer: UInt8 = 0
    private var isConnected = false
    /// Percent of messages that are lost; as many are doubled and delayed.
    private var faultPercent: Int
    private var truth = Picture()
    private var counter = 0
    private var receiver = Receiver()
    private(set) var snapshots = 0

    init(seed: UInt64, faultPercent: Int) {
        random = SeededRandom(seed: seed)
        self.faultPercent = faultPercent
        outbox = Outbox(AgentDescription(id: Self.agent, epoch: epoch))
    }

    mutating func step() throws {
        now += .milliseconds(20 + random.below(80))
        switch random.below(100) {
        case 0..<4: disconnect()
        case 4..<6: restartAgent()
        case 6..<8: restartCoordinator()
        case 8..<10: now += .milliseconds(random.below(5000))
        default: for _ in 0..<random.below(6) { change() }
        }
        if !isConnected, random.chance(50) { connect() }
        try exchange()
    }

    /// Ends the faults and lets both ends settle; the receiver then knows what the sender knows.
    mutating func settle() throws -> Bool {
        faultPercent = 0
        if !isConnected { connect() }
        for _ in 0..<400 {
            now += .milliseconds(50)
            if !isConnected { connect() }
            try exchange()
            if outbox.isIdle, toAgent.isEmpty, toCoordinator.isEmpty, receiver.shown == truth { return true }
        }
        return false
    }

    private mutating func connect() {
        peer &+= 1
        isConnected = true
        outbox.connected(now: now)
    }

    private mutating func disconnect() {
        isConnected = false
        toCoordinator = []
        toAgent = []
        outbox.disconnected()
    }

    private mutating func restartAgent() {
        disconnect()
        epoch += 1_000_000
        outbox = Outbox(AgentDescription(id: Self.agent, epoch: epoch))
    }

    private mutating func restartCoordinator() {
        hub = InboxHub()
        receiver = Receiver()
        if random.chance(50) { disconnect() }
    }

    private mutating func exchange() throws {
        while let action = outbox.next(now: now) {
            switch action {
            case .send(let bytes): toCoordinator += posted(bytes)
            case .takeSnapshot:
                snapshots += 1
                outbox.snapshotTaken(truth.reports)
            case .reconnect: disconnect()
            case .readPiece: Issue.record("a question that nobody asked")
            case .passOn: Issue.record("work that nobody told")
            case .refused(let reason): Issue.record("refused: \(reason)")
            }
        }
        for message in Self.arrived(&toCoordinator, at: now) {
            try perform(hub.received(message.bytes[...], from: PeerID([peer]), identity: "key", now: now))
        }
        try perform(hub.tick(now: now))
        for message in Self.arrived(&toAgent, at: now) { try outbox.received(message.bytes[...], now: now) }
    }

    private mutating func perform(_ actions: [InboxHubAction]) throws {
        for action in actions {
            switch action {
            case .send(let bytes, let to): if to == PeerID([peer]) { toAgent += posted(bytes) }
            case .deliver(_, let event): try receiver.apply(event)
            case .refused(_, let reason): Issue.record("refused: \(reason)")
            }
        }
    }

    /// What the link makes of a message: none, one or two of it, on time or late.
    private mutating func posted(_ bytes: [UInt8]) -> [Message] {
        guard isConnected, !random.chance(faultPercent) else { return [] }
        let delay = random.chance(faultPercent) ? random.below(400) : 1
        var messages = [Message(bytes: bytes, arrivesAt: now + .milliseconds(delay))]
        if random.chance(faultPercent) {
            messages.append(Message(bytes: bytes, arrivesAt: now + .milliseconds(random.below(400))))
        }
        return messages
    }

    private static func arrived(_ queue: inout [Message], at now: Duration) -> [Message] {
        let due = queue.filter { $0.arrivesAt <= now + .milliseconds(1) }
        queue.removeAll { $0.arrivesAt <= now + .milliseconds(1) }
        return due
    }

    private mutating func change() {
        counter += 1
        let id = EngineID(namespace: "n", pod: "p\(random.below(2))", port: 8000)
        let known = truth.engines[id]?.description
        switch (known, random.below(20)) {
        case (nil, _):
            var description = EngineDescription(
                id: id, podUID: "u", node: "node-1", host: "127.64.0.1", kind: .vLLM, incarnation: UInt64(counter))
            description.models = ["m"]
            tell(.engine(description))
        case (_, 0): tell(.engineGone(id))
        case (let description?, 1):
            var next = description
            next.incarnation = UInt64(counter)
            tell(.engine(next))
        case (let description?, 2):
            var next = description
            next.isReady.toggle()
            tell(.engine(next))
        case (_, 3..<9):
            var load = EngineLoad()
            load.running = counter
            tell(.load(id, load))
        case (let description?, let kind):
            let from = random.below(30)
            let blocks = (from..<(from + 1 + random.below(6))).map { BlockHash(UInt64($0)) }
            let event: KVEvent =
                switch kind {
                case 9: .cleared
                case 10..<14: .removed(blocks: blocks, tier: .device)
                default: .stored(parent: from == 0 ? nil : BlockHash(UInt64(from) - 1), blocks: blocks, tier: .device)
                }
            tell(.cache(id, rank: random.below(2), incarnation: description.incarnation, event))
        }
    }

    private mutating func tell(_ report: Report) {
        truth.apply(report)
        outbox.add(report)
    }
}
