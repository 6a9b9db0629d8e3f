import AgentProtocol
import Synchronization

/// Ties the engines to the link, which needs the engines to exist first; nothing is reported before both run.
final class ReportRelay: Sendable {
    private let sink = Mutex<(@Sendable (Report) -> Void)?>(nil)

    func open(_ sink: @escaping @Sendable (Report) -> Void) { self.sink.withLock { $0 = sink } }

    func send(_ report: Report) { sink.withLock { $0 }?(report) }
}
