import AgentProtocol
import CZeroMQ
import Logging
import Observability

/// What the thread of an `AgentLinkClient` does.
struct ClientLoop: Sendable {
    /// Steps of one link before the others get their turn.
    private static let stepsPerTurn = 64
    private static let waitMax = Duration.seconds(1)
    private static let goodbyeMilliseconds: Int32 = 200
    private static let warningInterval = Duration.seconds(10)

    private let context: ZeroMQContext
    private var dialers: [Dialer]
    private let outboxes: OutboxSet
    private let control: LinkControl
    private let metrics: LinkMetrics
    private let logger: Logger
    private let relay: WorkRelay
    private let snapshot: @Sendable () -> [Report]
    private let piece: @Sendable (ModelFilesPlace) -> ModelFilesPiece
    private let start = ContinuousClock.now
    private var nextWarning = Duration.zero
    private var hasMore = false

    init(
        context: ZeroMQContext, dialers: [Dialer], outboxes: OutboxSet, control: LinkControl, metrics: LinkMetrics,
        logger: Logger, relay: WorkRelay, snapshot: @escaping @Sendable () -> [Report],
        piece: @escaping @Sendable (ModelFilesPlace) -> ModelFilesPiece
    ) {
        self.context = context
        self.dialers = dialers
        self.outboxes = outboxes
        self.control = control
        self.metrics = metrics
        self.logger = logger
        self.relay = relay
        self.snapshot = snapshot
        self.piece = piece
    }

    private var now: Duration { ContinuousClock.now - start }

    mutating func run() {
        for index in dialers.indices { dial(index) }
        while !control.isStopping {
            wait()
            control.wake.clear()
            hasMore = false
            for index in dialers.indices {
                turn(index)
                joinRelay(index)
            }
        }
        for index in dialers.indices {
            relay.leave(member(index))
            if let goodbye = outboxes.with(index, { $0.goodbye("the agent stops") }) {
                _ = dialers[index].socket?.send([goodbye])
            }
            dialers[index].close(lingerMilliseconds: Self.goodbyeMilliseconds)
        }
        context.terminate()
    }

    private func wait() {
        var poll = ZeroMQPoll()
        poll.add(file: control.wake.readEnd)
        var timeout = hasMore ? Duration.zero : Self.waitMax
        for (index, dialer) in dialers.enumerated() {
            if let monitor = dialer.monitor { poll.add(monitor) }
            if let socket = dialer.socket { poll.add(socket, orWritable: dialer.held != nil) }
            if dialer.held == nil, let deadline = outboxes.with(index, { $0.nextDeadline }) {
                timeout = min(timeout, max(.zero, deadline - now))
            }
        }
        poll.wait(timeout)
    }

    private mutating func turn(_ index: Int) {
        guard let socket = dialers[index].socket else { return dial(index) }
        while let message = dialers[index].monitor?.receive() { note(message, index) }
        while let message = socket.receive() { receive(message, index) }
        if let held = dialers[index].held {
            dialers[index].held = nil
            transmit(held, index)
        }
        var steps = 0
        while dialers[index].held == nil, let action = outboxes.with(index, { $0.next(now: now) }) {
            perform(action, index)
            steps += 1
            if steps == Self.stepsPerTurn {
                hasMore = true
                return
            }
        }
    }

    private mutating func perform(_ action: OutboxAction, _ index: Int) {
        switch action {
        case .send(let bytes): transmit(bytes, index)
        case .takeSnapshot:
            metrics.snapshots.add()
            let reports = snapshot()
            outboxes.with(index) { $0.snapshotTaken(reports) }
        case .readPiece(let place):
            let piece = piece(place)
            if let bytes = outboxes.with(index, { $0.message(piece) }) { transmit(bytes, index) }
        case .passOn(let work): relay.pass(work, from: member(index))
        case .reconnect:
            logger.warning("Lost coordinator", metadata: ["endpoint": "\(dialers[index].endpoint)"])
            disconnected(index)
            dial(index)
        case .refused(let reason):
            metrics.refusedMessages.add(1, ["by_coordinator"])
            logger.error(
                "Coordinator refused this agent",
                metadata: ["endpoint": "\(dialers[index].endpoint)", "reason": "\(reason)"])
        }
    }

    private func member(_ index: Int) -> WorkRelay.Member {
        WorkRelay.Member(outboxes: outboxes, index: index, wake: control.wake)
    }

    /// A link hears of other coordinators' work while its session is open.
    private mutating func joinRelay(_ index: Int) {
        let (shares, dropped) = outboxes.with(index) { ($0.sharesWork, $0.workDropped) }
        if dropped > dialers[index].workDropped {
            metrics.droppedWork.add(Double(dropped - dialers[index].workDropped))
            dialers[index].workDropped = dropped
        }
        guard shares != dialers[index].isInRelay else { return }
        dialers[index].isInRelay = shares
        if shares { relay.join(member(index)) } else { relay.leave(member(index)) }
    }

    private mutating func transmit(_ bytes: [UInt8], _ index: Int) {
        guard let socket = dialers[index].socket, case .sent = socket.send([bytes]) else {
            dialers[index].held = bytes
            return
        }
        metrics.messages.add(1, ["sent"])
        metrics.bytes.add(Double(bytes.count), ["sent"])
    }

    private func receive(_ message: ReceivedMessage, _ index: Int) {
        let bytes = message.frames.first ?? []
        metrics.messages.add(1, ["received"])
        metrics.bytes.add(Double(bytes.count), ["received"])
        let isUnderstood = outboxes.with(index) { outbox in
            do {
                try outbox.received(bytes[...], now: now)
                return true
            } catch {
                return false
            }
        }
        if !isUnderstood { metrics.refusedMessages.add(1, [RefusalReason.malformed.rawValue]) }
    }

    private mutating func note(_ message: ReceivedMessage, _ index: Int) {
        guard let event = MonitorEvent(message) else { return }
        let endpoint = dialers[index].endpoint
        switch event.kind {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            logger.info("Connected to coordinator", metadata: ["endpoint": "\(endpoint)"])
            metrics.connected.set(1, [endpoint])
            dialers[index].held = nil
            outboxes.with(index) { $0.connected(now: now) }
        case ZMQ_EVENT_DISCONNECTED:
            disconnected(index)
        default:
            guard let failure = event.handshakeFailure else { return }
            metrics.refusedHandshakes.add(1, [failure])
            warn(endpoint, failure)
        }
    }

    private mutating func disconnected(_ index: Int) {
        metrics.connected.set(0, [dialers[index].endpoint])
        metrics.reconnects.add(1, [dialers[index].endpoint])
        dialers[index].held = nil
        outboxes.with(index) { $0.disconnected() }
    }

    /// A socket that cannot be made is tried again at the next turn, at least every `waitMax`.
    private mutating func dial(_ index: Int) {
        do {
            try dialers[index].dial()
        } catch {
            warn(dialers[index].endpoint, error.description)
        }
    }

    private mutating func warn(_ endpoint: String, _ reason: String) {
        guard now >= nextWarning else { return }
        nextWarning = now + Self.warningInterval
        logger.warning(
            "Could not connect to coordinator", metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
    }
}
