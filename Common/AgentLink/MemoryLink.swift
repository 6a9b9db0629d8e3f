package import AgentProtocol
import Synchronization

/// The twin of a link without sockets, threads or clocks: one agent, one coordinator, for tests of what lies above.
/// Everything that `send` causes is delivered before it returns, while connected.
package final class MemoryLink: ReportSink {
    private struct State {
        var description: AgentDescription
        var outbox: Outbox
        var hub = InboxHub()
        var isConnected = false
        var connections: UInt8 = 0
        var now = Duration.zero
    }

    private let state: Mutex<State>
    private let snapshot: @Sendable () -> [Report]
    private let piece: @Sendable (ModelFilesPlace) -> ModelFilesPiece
    private let passOn: @Sendable (ReplicaWork) -> Void
    private let deliver: @Sendable (AgentID, LinkEvent) -> Void

    package init(
        _ description: AgentDescription, snapshot: @escaping @Sendable () -> [Report],
        piece: @escaping @Sendable (ModelFilesPlace) -> ModelFilesPiece = { .init(place: $0, total: 0, bytes: []) },
        passOn: @escaping @Sendable (ReplicaWork) -> Void = { _ in },
        deliver: @escaping @Sendable (AgentID, LinkEvent) -> Void
    ) {
        state = Mutex(State(description: description, outbox: Outbox(description)))
        self.snapshot = snapshot
        self.piece = piece
        self.passOn = passOn
        self.deliver = deliver
    }

    package func send(_ report: Report) {
        state.withLock { $0.outbox.add(report) }
        settle()
    }

    /// Asks the agent for a piece of files, as the coordinator's end does.
    package func ask(for place: ModelFilesPlace) {
        state.withLock { state in
            var events: [(AgentID, LinkEvent)] = []
            Self.perform(state.hub.ask(state.description.id, for: place), &state, &events)
        }
        settle()
    }

    /// Tells the agent what is under way at its engines, as the coordinator's end does; `passOn` gets it.
    package func tell(_ work: ReplicaWork) {
        state.withLock { state in
            var events: [(AgentID, LinkEvent)] = []
            Self.perform(state.hub.tell(state.description.id, work), &state, &events)
        }
        settle()
    }

    /// Takes what another coordinator, one of `others`, has under way, as the agent's end does.
    package func take(_ work: ReplicaWork?, others: Int) {
        state.withLock { state in
            state.outbox.setOthers(others)
            if let work { state.outbox.tell(work) }
        }
        settle()
    }

    package func connect() {
        state.withLock { state in
            state.isConnected = true
            state.connections &+= 1
            state.outbox.connected(now: state.now)
        }
        settle()
    }

    /// Breaks the connection; the coordinator notices after `advance` by its silence limit.
    package func disconnect() {
        state.withLock { state in
            state.isConnected = false
            state.outbox.disconnected()
        }
    }

    /// Lets time pass in steps of a tenth of a second.
    package func advance(by duration: Duration) {
        var left = duration
        while left > .zero {
            state.withLock { $0.now += min(left, .milliseconds(100)) }
            left -= .milliseconds(100)
            settle()
        }
    }

    /// A coordinator process that knows nothing takes the place of the old one.
    package func restartCoordinator() {
        state.withLock { $0.hub = InboxHub() }
        disconnect()
        connect()
    }

    /// Moves messages and delivers events until nothing is left to do. Callbacks run without the lock.
    private func settle() {
        var events: [(AgentID, LinkEvent)] = []
        repeat {
            events = []
            var passed: [ReplicaWork] = []
            let needsSnapshot = state.withLock { Self.exchange(&$0, piece, &passed, &events) }
            for work in passed { passOn(work) }
            for (agent, event) in events { deliver(agent, event) }
            if needsSnapshot {
                let reports = snapshot()
                state.withLock { $0.outbox.snapshotTaken(reports) }
                continue
            }
            if events.isEmpty { return }
        } while true
    }

    /// True when the outbox asks for a snapshot.
    private static func exchange(
        _ state: inout State, _ piece: (ModelFilesPlace) -> ModelFilesPiece, _ passed: inout [ReplicaWork],
        _ events: inout [(AgentID, LinkEvent)]
    ) -> Bool {
        let peer = PeerID([state.connections])
        while let action = state.outbox.next(now: state.now) {
            switch action {
            case .send(let bytes):
                guard state.isConnected else { continue }
                perform(
                    state.hub.received(bytes[...], from: peer, identity: "memory", now: state.now), &state, &events)
            case .takeSnapshot: return true
            case .passOn(let work): passed.append(work)
            case .readPiece(let place):
                guard state.isConnected, let bytes = state.outbox.message(piece(place)) else { continue }
                perform(
                    state.hub.received(bytes[...], from: peer, identity: "memory", now: state.now), &state, &events)
            case .reconnect:
                state.connections &+= 1
                if state.isConnected { state.outbox.connected(now: state.now) }
            case .refused: continue
            }
        }
        perform(state.hub.tick(now: state.now), &state, &events)
        return false
    }

    private static func perform(
        _ actions: [InboxHubAction], _ state: inout State, _ events: inout [(AgentID, LinkEvent)]
    ) {
        for action in actions {
            switch action {
            case .send(let bytes, let peer):
                // Both ends speak the same version, so what one writes the other reads.
                if state.isConnected, peer == PeerID([state.connections]) {
                    try? state.outbox.received(bytes[...], now: state.now)
                }
            case .deliver(let agent, let event): events.append((agent, event))
            case .refused: continue
            }
        }
    }
}
