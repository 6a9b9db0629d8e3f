import EngineWire
import Synchronization

/// What shall become of the next event batches; afterwards all are sent again.
final class EventFaults: Sendable {
    private let waiting = Mutex<(fate: KVEventPublisher.Fate, count: Int)>((.sent, 0))

    /// The names a drill calls them by.
    static func fate(_ name: String) -> KVEventPublisher.Fate? {
        switch name {
        case "lose-events": .lost
        case "skip-events": .unwritten
        case "repeat-events": .sentTwice
        case "delay-events": .late
        default: nil
        }
    }

    func set(_ fate: KVEventPublisher.Fate, count: Int) { waiting.withLock { $0 = (fate, max(0, count)) } }

    func next() -> KVEventPublisher.Fate {
        waiting.withLock { waiting in
            guard waiting.count > 0 else { return .sent }
            waiting.count -= 1
            return waiting.fate
        }
    }
}
