import Synchronization

/// Lines of the access log on their way out: requests append, one task writes, so that no event loop waits for a disk.
/// It sleeps while there are none.
final class AccessLog: Sendable {
    /// Bytes waiting to be written; lines that come when there are as many are dropped and counted.
    static let bytesMax = 1_048_576
    static let interval = Duration.milliseconds(50)

    private struct State {
        var bytes: [UInt8] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let write: @Sendable ([UInt8]) -> Void
    private let (firsts, first) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(write: @escaping @Sendable ([UInt8]) -> Void) { self.write = write }

    /// `line` appends one line, without its end, to the bytes that wait; it runs under the lock.
    func append(_ line: (inout [UInt8]) -> Void) {
        let isFirst = state.withLock { state in
            guard state.bytes.count < Self.bytesMax else {
                state.dropped += 1
                return false
            }
            let isFirst = state.bytes.isEmpty
            line(&state.bytes)
            state.bytes.append(0x0A)
            return isFirst
        }
        if isFirst { first.yield() }
    }

    /// Writes what waits.
    func flush() {
        let (bytes, dropped) = state.withLock { state in
            defer { state = State() }
            return (state.bytes, state.dropped)
        }
        if !bytes.isEmpty { write(bytes) }
        if dropped > 0 { write(Array("dropped \(dropped) access log lines\n".utf8)) }
    }

    func run() async {
        for await _ in firsts {
            try? await Task.sleep(for: Self.interval)
            flush()
        }
        flush()
    }
}
