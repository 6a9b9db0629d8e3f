import HTTPWire
import Observability
import Synchronization

/// How lines of the access log look: Kthena's two forms.
package enum AccessLogFormat: String, Sendable, CaseIterable { case text, json }

/// Lines of the access log on their way out: requests append, one task writes, so that no event loop waits for a disk.
/// It sleeps while there are none.
///
/// 1. A line is whole or not there.
/// 2. Lines that come when `bytesMax` bytes wait are dropped and counted: requests never wait for a slow reader.
final class AccessLog: Sendable {
    static let bytesMax = 1_048_576
    static let interval = Duration.milliseconds(50)

    private struct State: ~Copyable {
        var text = ByteWriter(capacity: 65_536)
        var clock = LineClock()
    }

    private let format: AccessLogFormat
    private let state = Mutex(State())
    private let dropped: Cell
    private let write: @Sendable ([UInt8]) -> Void
    private let (firsts, first) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ format: AccessLogFormat, dropped: Cell, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.format = format
        self.dropped = dropped
        self.write = write
    }

    /// Appends the line of a request that is over.
    func append(_ record: RequestRecord, _ names: LineNames) {
        let isFirst = state.withLock { state -> Bool? in
            guard state.text.count < Self.bytesMax else { return nil }
            let isFirst = state.text.count == 0
            switch format {
            case .text: record.appendLine(names, &state.clock, to: &state.text)
            case .json: record.appendObject(names, &state.clock, to: &state.text)
            }
            state.text.append(0x0A)
            return isFirst
        }
        guard let isFirst else { return dropped.add(1) }
        if isFirst { first.yield() }
    }

    /// Writes what waits.
    func flush() {
        let bytes = state.withLock { state in
            defer { state.text.removeAll() }
            return state.text.bytes
        }
        if !bytes.isEmpty { write(bytes) }
    }

    func run() async {
        for await _ in firsts {
            try? await Task.sleep(for: Self.interval)
            flush()
        }
        flush()
    }
}
