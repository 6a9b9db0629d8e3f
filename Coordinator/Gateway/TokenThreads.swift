import NIOPosix
import Synchronization

/// Threads that make the tokens of prompts too long for an event loop.
///
/// At most `waitingMax` prompts are under way or wait; what comes beyond is refused, and an engine is asked.
final class TokenThreads: Sendable {
    static let waitingMax = 256

    let count: Int
    private let pool: NIOThreadPool
    private let waiting = Atomic(0)

    init(count: Int) {
        self.count = count
        pool = NIOThreadPool(numberOfThreads: count)
    }

    func start() { pool.start() }

    func stop() async { try? await pool.shutdownGracefully() }

    /// Runs `work` soon, with false where the threads stopped before; false where too much waits already.
    func run(_ work: @escaping @Sendable (_ isRunning: Bool) -> Void) -> Bool {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.waitingMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        pool.submit { state in
            self.waiting.wrappingSubtract(1, ordering: .relaxed)
            if case .active = state { work(true) } else { work(false) }
        }
        return true
    }
}
