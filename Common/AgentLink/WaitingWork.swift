import AgentProtocol
import Synchronization

/// What is under way at agents' engines, on its way to the link's thread. Beyond `waitingMax` the oldest is dropped and
/// counted; counts are told again before they expire.
final class WaitingWork: Sendable {
    static let waitingMax = 4096

    private struct State {
        var waiting: [(agent: AgentID, work: ReplicaWork)] = []
        var dropped = 0
    }

    private let state = Mutex(State())

    func add(_ agent: AgentID, _ work: ReplicaWork) {
        state.withLock { state in
            state.waiting.append((agent, work))
            guard state.waiting.count > Self.waitingMax else { return }
            state.waiting.removeFirst()
            state.dropped += 1
        }
    }

    /// What waits, and how much was dropped since the last call.
    func take() -> (work: [(agent: AgentID, work: ReplicaWork)], dropped: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.waiting, state.dropped)
        }
    }
}
