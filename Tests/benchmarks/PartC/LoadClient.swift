import Glibc
import HTTPWire
import NIOCore
import Sockets
import TestKit

/// Sends requests over kept connections from a loop of ours and notes how long each answer's first byte took.
final class LoadClient {
    /// When requests are sent.
    enum Pace: Sendable {
        /// As many under way as there are connections.
        case saturating
        /// At random moments, so many a second on average, over whichever connection is free.
        case rate(Double)
    }

    /// What came of a run.
    struct Result: Sendable {
        var answers = 0
        var failures = 0
        /// From the moment a request was due to its answer's first byte, milliseconds, sorted.
        var waits: [Double] = []
        var seconds = 0.0

        var perSecond: Double { Double(answers) / seconds }
        func percentile(_ share: Double) -> Double {
            waits.isEmpty ? .infinity : waits[min(waits.count - 1, Int(Double(waits.count) * share))]
        }
    }

    private let loop: PollLoop
    private let port: Int
    private let request: (Int) -> (head: [UInt8], body: [UInt8])
    private let pace: Pace
    private let start = NIODeadline.now()
    private let end: NIODeadline
    private let done: EventLoopPromise<Result>
    private var random = SeededRandom(seed: 11)
    private var free: [Connection] = []
    private var due: [NIODeadline] = []
    private var next = NIODeadline.now()
    private var sent = 0
    private var underWay = 0
    private var result = Result()

    private init(
        _ loop: PollLoop, port: Int, pace: Pace, seconds: Double,
        _ request: @escaping (Int) -> (head: [UInt8], body: [UInt8])
    ) {
        self.loop = loop
        self.port = port
        self.pace = pace
        self.request = request
        end = start + .nanoseconds(Int64(seconds * 1e9))
        done = loop.makePromise()
    }

    /// Sends for `seconds` over `connections`, each made before. `request` gives the number-th request.
    static func run(
        _ loop: PollLoop, port: Int, connections: Int, pace: Pace, seconds: Double,
        request: @escaping @Sendable (Int) -> (head: [UInt8], body: [UInt8])
    ) async throws -> Result {
        try await loop.flatSubmit {
            let client = LoadClient(loop, port: port, pace: pace, seconds: seconds, request)
            for _ in 0..<connections { client.connect() }
            client.tick()
            return client.done.futureResult
        }.get()
    }

    private func connect() {
        SocketConnector.connect(to: "127.0.0.1", port: port, on: loop, timeout: .seconds(5)) { result in
            switch result {
            case .success(let socket):
                let connection = Connection(socket, self)
                socket.start(connection)
                self.isFree(connection)
            case .failure: self.result.failures += 1
            }
        }
    }

    /// Runs once a turn of the loop, which so never sleeps: a sleep would be a millisecond too coarse for the pace.
    private func tick() {
        let now = NIODeadline.now()
        if case .rate(let rate) = pace {
            while next <= now, next < end {
                due.append(next)
                let gap = -log(Double.random(in: 1e-9..<1, using: &random)) / rate
                next = next + .nanoseconds(Int64(gap * 1e9))
            }
            while let moment = due.first, let connection = free.popLast() {
                due.removeFirst()
                send(connection, dueAt: moment)
            }
        }
        if now >= end, underWay == 0 || now >= end + .seconds(5) { return finish() }
        loop.assumeIsolated().execute { self.tick() }
    }

    private func finish() {
        result.failures += underWay + due.count
        result.waits.sort()
        result.seconds = Double((end - start).nanoseconds) / 1e9
        for connection in free { connection.socket.close() }
        done.succeed(result)
    }

    private func isFree(_ connection: Connection) {
        guard NIODeadline.now() < end, case .saturating = pace else {
            free.append(connection)
            return
        }
        send(connection, dueAt: .now())
    }

    private func send(_ connection: Connection, dueAt moment: NIODeadline) {
        underWay += 1
        let (head, body) = request(sent)
        sent += 1
        connection.send(head, body, dueAt: moment)
    }

    private func answered(_ connection: Connection, waited: Double) {
        underWay -= 1
        result.answers += 1
        result.waits.append(waited)
        isFree(connection)
    }

    private func broke(_ isUnderWay: Bool) {
        guard isUnderWay else { return }
        underWay -= 1
        result.failures += 1
    }

    private final class Connection: SocketHandler {
        let socket: StreamSocket
        private let client: LoadClient
        private var reader = ResponseReader()
        private var pending: [UInt8] = []
        private var dueAt: NIODeadline?
        private var waited: Double?

        init(_ socket: StreamSocket, _ client: LoadClient) {
            self.socket = socket
            self.client = client
        }

        func send(_ head: [UInt8], _ body: [UInt8], dueAt moment: NIODeadline) {
            dueAt = moment
            waited = nil
            reader = ResponseReader()
            socket.write(head.span, body.span)
        }

        func received(_ bytes: Span<UInt8>) {
            guard let dueAt else { return socket.close() }
            if waited == nil { waited = Double((NIODeadline.now() - dueAt).nanoseconds) / 1e6 }
            pending += bytes.copied
            let joined = pending
            var position = 0
            var isComplete = false
            do {
                while let event = try reader.next(in: joined.span, from: &position) {
                    if case .end = event { isComplete = true }
                }
                pending.removeFirst(position)
            } catch {
                return socket.close()
            }
            guard isComplete, let waited else { return }
            self.dueAt = nil
            client.answered(self, waited: waited)
        }

        func writable(_ isWritable: Bool) {}
        func closed(_ error: SocketError?) { client.broke(dueAt != nil) }
    }
}
