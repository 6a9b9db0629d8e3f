import AgentProtocol
import CZeroMQ
import Logging
import Observability

/// What the thread of an `AgentLinkServer` does.
struct ServerLoop {
    /// Messages taken before handshakes and time get their turn; a full one takes milliseconds, and agents that dial
    /// all at once wait for theirs.
    private static let messagesPerTurn = 4
    private static let tickInterval = Duration.milliseconds(100)
    private static let warningInterval = Duration.seconds(10)

    let sockets: ServerSockets
    let control: LinkControl
    var hub: InboxHub
    let metrics: LinkMetrics
    let logger: Logger
    let deliver: @Sendable (AgentID, LinkEvent) -> Void
    let questions: PieceQuestions
    let work: WaitingWork
    private let start = ContinuousClock.now
    private var nextTick = Duration.zero
    private var nextWarning = Duration.zero

    init(
        sockets: ServerSockets, control: LinkControl, hub: InboxHub, metrics: LinkMetrics, logger: Logger,
        questions: PieceQuestions, work: WaitingWork, deliver: @escaping @Sendable (AgentID, LinkEvent) -> Void
    ) {
        self.sockets = sockets
        self.control = control
        self.hub = hub
        self.metrics = metrics
        self.logger = logger
        self.questions = questions
        self.work = work
        self.deliver = deliver
    }

    private var now: Duration { ContinuousClock.now - start }

    mutating func run() {
        var poll = ZeroMQPoll()
        poll.add(sockets.router)
        poll.add(sockets.monitor)
        poll.add(sockets.authenticator.socket)
        poll.add(file: control.wake.readEnd)
        while !control.isStopping {
            poll.wait(max(.zero, nextTick - now))
            control.wake.clear()
            sockets.authenticator.answer()
            for question in questions.take() { perform(hub.ask(question.agent, for: question.place)) }
            tellWork()
            while let message = sockets.monitor.receive() { note(message) }
            receive()
            if now >= nextTick {
                nextTick = now + Self.tickInterval
                perform(hub.tick(now: now))
            }
        }
        perform(hub.stop())
        sockets.close()
    }

    private mutating func tellWork() {
        let (waiting, dropped) = work.take()
        if dropped > 0 { metrics.droppedWork.add(Double(dropped)) }
        for (agent, work) in waiting { perform(hub.tell(agent, work)) }
    }

    private mutating func receive() {
        for _ in 0..<Self.messagesPerTurn {
            guard let message = sockets.router.receive() else { return }
            guard message.frames.count == 2, !message.userID.isEmpty else {
                metrics.refusedMessages.add(1, [RefusalReason.malformed.rawValue])
                continue
            }
            metrics.messages.add(1, ["received"])
            metrics.bytes.add(Double(message.frames[1].count), ["received"])
            perform(
                hub.received(
                    message.frames[1][...], from: PeerID(message.frames[0]), identity: message.userID, now: now))
        }
    }

    private mutating func perform(_ actions: [InboxHubAction]) {
        for action in actions {
            switch action {
            case .send(let bytes, let peer):
                // Answers are repeated until heard, so one that finds no room or no receiver may be dropped.
                guard case .sent = sockets.router.send([peer.bytes, bytes]) else { continue }
                metrics.messages.add(1, ["sent"])
                metrics.bytes.add(Double(bytes.count), ["sent"])
            case .deliver(let agent, let event):
                log(agent, event)
                deliver(agent, event)
            case .refused(_, let reason):
                metrics.refusedMessages.add(1, [reason.rawValue])
                warn("Refused a message of an agent", reason.rawValue)
            }
        }
    }

    private mutating func note(_ message: ReceivedMessage) {
        guard let failure = MonitorEvent(message)?.handshakeFailure else { return }
        metrics.refusedHandshakes.add(1, [failure])
        warn("Refused a connection to the agent link", failure)
    }

    private func log(_ agent: AgentID, _ event: LinkEvent) {
        switch event {
        case .connected: logger.info("Connected agent", metadata: ["agent": "\(agent)"])
        case .lost(let reason):
            logger.warning("Lost agent", metadata: ["agent": "\(agent)", "reason": "\(reason)"])
        case .snapshotBegan: metrics.snapshots.add()
        case .snapshotEnded: logger.debug("Received snapshot of agent", metadata: ["agent": "\(agent)"])
        case .reports, .piece, .work: return
        case .replicas(let others):
            return logger.debug(
                "Agent passes work on", metadata: ["agent": "\(agent)", "others": "\(others)"])
        }
        metrics.agents.set(Double(hub.connectedCount))
    }

    /// One line each ten seconds at most, because anybody can knock.
    private mutating func warn(_ text: Logger.Message, _ reason: String) {
        guard now >= nextWarning else { return }
        nextWarning = now + Self.warningInterval
        logger.warning(text, metadata: ["reason": "\(reason)"])
    }
}
