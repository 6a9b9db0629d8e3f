import AgentProtocol
import Synchronization

/// Questions for pieces of files on their way to the link's thread. Beyond `waitingMax` they are dropped; whoever needs
/// an answer asks again.
final class PieceQuestions: Sendable {
    static let waitingMax = 64

    private let waiting = Mutex<[(agent: AgentID, place: ModelFilesPlace)]>([])

    func add(_ agent: AgentID, _ place: ModelFilesPlace) {
        waiting.withLock { waiting in
            if waiting.count < Self.waitingMax { waiting.append((agent, place)) }
        }
    }

    func take() -> [(agent: AgentID, place: ModelFilesPlace)] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
