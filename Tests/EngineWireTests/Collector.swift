import EngineWire
import Synchronization

/// Collects deliveries and lets a test wait for one of its choice.
final class Collector: Sendable {
    private let state = Mutex<[KVEventDelivery]>([])
    private let stream: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (stream, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    @Sendable func take(_ deliveries: [KVEventDelivery]) {
        state.withLock { $0 += deliveries }
        signal.yield()
    }

    var messages: [KVEventMessage] {
        state.withLock { $0.compactMap { if case .message(let message) = $0 { message } else { nil } } }
    }

    func count(_ payload: [UInt8]) -> Int { messages.count { $0.payload == payload } }

    func wait(until isDone: ([KVEventDelivery]) -> Bool) async {
        if state.withLock({ isDone($0) }) { return }
        for await _ in stream where state.withLock({ isDone($0) }) { return }
    }
}
