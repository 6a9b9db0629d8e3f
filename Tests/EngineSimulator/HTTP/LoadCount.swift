import Synchronization

/// Inference requests in flight.
final class LoadCount: Sendable {
    private let count = Mutex(0)

    var current: Int { count.withLock { $0 } }
    func begin() { count.withLock { $0 += 1 } }
    func end() { count.withLock { $0 -= 1 } }
}
