import ClusterKit
import Glibc
import NIOCore
import Sockets
import SystemFiles
import TestKit

/// Memory of the gateway with many streams that say nothing, and with streams whose clients do not read.
enum HeldStreams {
    private static let engines = 16
    /// Descriptors of the gateway besides two a stream.
    private static let descriptorsSpared = 200
    private static let streamsMax = 10_000
    private static let slowStreams = 200
    private static let bytesOfSlowAnswer = 4 * 1_048_576
    private static let megabyte = 1_048_576.0

    static func bars() async throws -> [Bar] { [try await idle(), try await slow()] }

    private static func idle() async throws -> Bar {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw BenchmarkError("getrlimit fails")
        }
        let count = min(streamsMax, (Int(limit.rlim_max) - descriptorsSpared) / 2)
        let (before, held) = try await measure(.held, count: count, isReading: true)
        return Bar(
            name: "resident-with-\(count)-idle-streams", value: Double(held) / megabyte, unit: "MiB",
            limit: .atMost(40 + Double(count) / 16),
            detail: "\(Bar.text(Double(before) / megabyte)) MiB before; all \(count) streams had their first event"
                + (count < streamsMax ? "; more than that this machine's limit on descriptors forbids" : ""))
    }

    private static func slow() async throws -> Bar {
        let (before, held) = try await measure(.whole(bytes: bytesOfSlowAnswer), count: slowStreams, isReading: false)
        return Bar(
            name: "memory-of-a-slow-stream", value: Double(held - before) / Double(slowStreams) / 1_024, unit: "KiB",
            limit: .atMost(64),
            detail: "\(slowStreams) clients that do not read answers of \(bytesOfSlowAnswer / 1_048_576) MiB; "
                + "\(Bar.text(Double(before) / megabyte)) MiB before, \(Bar.text(Double(held) / megabyte)) with them")
    }

    /// Resident bytes of the gateway before and with so many streams under way.
    private static func measure(
        _ answer: StubEngine.Answer, count: Int, isReading: Bool
    ) async throws -> (before: Int, held: Int) {
        try await LoadThread.with { loop in
            let ports = try await loop.submit {
                let engine = StubEngine(answer)
                return try (0..<engines).map { _ in try engine.listen(loop) }
            }.get()
            let workers = ports.flatMap { ["--worker", "http://127.0.0.1:\($0)"] }
            return try await GatewayProcess.run(workers + ["--engines", "\(engines)"], core: 1) { port, process in
                let before = try ProcessUsage.residentBytes(process)
                let clients = try await loop.submit {
                    NIOLoopBound(Readers(loop, port: port, count: count, isReading: isReading), eventLoop: loop)
                }.get()
                try await loop.flatSubmit { clients.value.opened }.get()
                // What is still on its way to clients that do not read settles.
                try await loop.scheduleTask(in: .seconds(isReading ? 0 : 2)) {}.futureResult.get()
                let held = try ProcessUsage.residentBytes(process)
                try await loop.submit { clients.value.close() }.get()
                return (before, held)
            }
        }
    }

    /// Clients with a stream each. They are open once every one has its first bytes, or has been told to read none.
    private final class Readers {
        /// Connections being made at a time.
        private static let burst = 64

        private let loop: PollLoop
        private let port: Int
        private let isReading: Bool
        private let done: EventLoopPromise<Void>
        private var request = ChatRequest(bytes: 512, isStream: true)
        private var sockets: [StreamSocket] = []
        private var left: Int
        private var waiting: Int

        init(_ loop: PollLoop, port: Int, count: Int, isReading: Bool) {
            self.loop = loop
            self.port = port
            self.isReading = isReading
            left = count
            waiting = count
            done = loop.makePromise()
            for _ in 0..<min(Self.burst, count) { next() }
        }

        var opened: EventLoopFuture<Void> { done.futureResult }

        func close() { for socket in sockets { socket.close() } }

        private func next() {
            guard left > 0 else { return }
            left -= 1
            SocketConnector.connect(to: "127.0.0.1", port: port, on: loop, timeout: .seconds(5)) { result in
                switch result {
                case .success(let socket): self.begin(socket)
                case .failure(let error): self.done.fail(error)
                }
            }
        }

        private func begin(_ socket: StreamSocket) {
            sockets.append(socket)
            socket.start(Reader(self))
            if !isReading { socket.setReading(false) }
            request.advance()
            let (head, body) = (request.head, request.body)
            socket.write(head.span, body.span)
            if !isReading { hasBegun() }
        }

        func hasBegun() {
            waiting -= 1
            if waiting == 0 { done.succeed() }
            next()
        }
    }

    private final class Reader: SocketHandler {
        private let readers: Readers
        private var hasBytes = false

        init(_ readers: Readers) { self.readers = readers }

        func received(_ bytes: Span<UInt8>) {
            guard !hasBytes else { return }
            hasBytes = true
            readers.hasBegun()
        }

        func writable(_ isWritable: Bool) {}
        func closed(_ error: SocketError?) {}
    }
}
