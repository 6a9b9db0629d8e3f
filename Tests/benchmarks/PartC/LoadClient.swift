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

        var isRate: Bool { if case .rate = self { true } else { false } }
    }

    /// How long answers are waited for after the end, and how often it is looked whether the last has come.
    /// The beginning of a run, whose waits do not count: connections and memory are still cold.
    private static let warmUp = TimeAmount.milliseconds(250)
    private static let patience = TimeAmount.seconds(5)
    private static let pause = TimeAmount.milliseconds(5)

    /// What came of a run.
    struct Result: Sendable {
        var answers = 0
        var failures = 0
        /// From the moment a request was due to its answer's first byte, milliseconds, sorted; not of the beginning.
        var waits: [Double] = []
        var seconds = 0.0

        var perSecond: Double { Double(answers) / seconds }
        func percentile(_ share: Double) -> Double {
            waits.isEmpty ? .infinity : waits[min(waits.count - 1, Int(Double(waits.count) * share))]
        }
    }

    private let loop: PollLoop
    private let port: Int
    private var request: ChatRequest
    private let pace: Pace
    private let duration: TimeAmount
    private var begun = NIODeadline.now()
    private var end = NIODeadline.distantFuture
    /// Connections that are still being made.
    private var expected: Int
    private let done: EventLoopPromise<Result>
    private var random = SeededRandom(seed: 11)
    private var free: [Connection] = []
    private var due = CircularBuffer<NIODeadline>()
    private var next = NIODeadline.now()
    private var underWay = 0
    private var result = Result()

    private init(
        _ loop: PollLoop, port: Int, connections: Int, pace: Pace, seconds: Double, _ request: ChatRequest
    ) {
        expected = connections
        self.loop = loop
        self.port = port
        self.pace = pace
        self.request = request
        duration = .nanoseconds(Int64(seconds * 1e9))
        done = loop.makePromise()
    }

    /// Sends for `seconds` over `connections`, each made before: those after `request`, one after the other.
    static func run(
        _ loop: PollLoop, port: Int, connections: Int, pace: Pace, seconds: Double,
        _ request: ChatRequest
    ) async throws -> Result {
        try await loop.flatSubmit {
            let client = LoadClient(
                loop, port: port, connections: connections, pace: pace, seconds: seconds, request)
            for _ in 0..<connections { client.connect() }
            return client.done.futureResult
        }.get()
    }

    private func connect() {
        SocketConnector.connect(to: "127.0.0.1", port: port, on: loop, timeout: .seconds(5)) { result in
            switch result {
            case .success(let socket):
                let connection = Connection(socket, self)
                socket.start(connection)
                self.free.append(connection)
            case .failure: self.result.failures += 1
            }
            self.expected -= 1
            if self.expected == 0 { self.begin() }
        }
    }

    private func begin() {
        begun = .now()
        next = begun
        end = begun + duration
        if !pace.isRate {
            for connection in free { send(connection, dueAt: next) }
            free = []
        }
        tick()
    }

    /// Sends what is due, and comes again when the next request is.
    private func tick() {
        let now = NIODeadline.now()
        if case .rate(let rate) = pace {
            while next <= now, next < end {
                due.append(next)
                let gap = -log(Double.random(in: 1e-9..<1, using: &random)) / rate
                next = next + .nanoseconds(Int64(gap * 1e9))
            }
            sendDue()
        }
        if now >= end, underWay == 0 || now >= end + Self.patience { return finish() }
        let pause = NIODeadline.now() + Self.pause
        let moment = now >= end ? pause : pace.isRate ? min(next, end) : end
        loop.assumeIsolated().scheduleTask(deadline: moment) { self.tick() }
    }

    private func sendDue() {
        while let moment = due.first, let connection = free.popLast() {
            due.removeFirst()
            send(connection, dueAt: moment)
        }
    }

    private func finish() {
        result.failures += underWay + due.count
        result.waits.sort()
        result.seconds = Double(duration.nanoseconds) / 1e9
        for connection in free { connection.socket.close() }
        done.succeed(result)
    }

    private func isFree(_ connection: Connection) {
        let now = NIODeadline.now()
        guard now < end, !pace.isRate else {
            free.append(connection)
            return sendDue()
        }
        send(connection, dueAt: now)
    }

    private func send(_ connection: Connection, dueAt moment: NIODeadline) {
        underWay += 1
        request.advance()
        connection.send(request, dueAt: moment)
    }

    private func answered(_ connection: Connection, dueAt moment: NIODeadline, waited: Double) {
        underWay -= 1
        result.answers += 1
        if moment > begun + Self.warmUp { result.waits.append(waited) }
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

        func send(_ request: ChatRequest, dueAt moment: NIODeadline) {
            dueAt = moment
            waited = nil
            reader = ResponseReader()
            let (head, body) = (request.head, request.body)
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
            client.answered(self, dueAt: dueAt, waited: waited)
        }

        func writable(_ isWritable: Bool) {}
        func closed(_ error: SocketError?) { client.broke(dueAt != nil) }
    }
}
