import Synchronization

/// A number handed out of a closure.
final class PortBox: Sendable {
    private let number = Mutex(0)
    func set(_ value: Int) { number.withLock { $0 = value } }
    var value: Int { number.withLock { $0 } }
}
