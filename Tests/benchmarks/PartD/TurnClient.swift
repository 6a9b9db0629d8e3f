import HTTPWire
import NIOCore
import Sockets

/// Sends requests one after the other over one connection and notes how long each answer took to come.
final class TurnClient: SocketHandler {
    private let socket: StreamSocket
    private var requests: ArraySlice<[UInt8]>
    private let done: EventLoopPromise<[Double]>
    private let path: String
    private var reader = ResponseReader()
    private var pending: [UInt8] = []
    private var start = NIODeadline.now()
    private var waits: [Double] = []

    private init(
        _ socket: StreamSocket, _ path: String, _ requests: [[UInt8]], _ done: EventLoopPromise<[Double]>
    ) {
        self.socket = socket
        self.path = path
        self.requests = requests[...]
        self.done = done
    }

    /// Milliseconds of each request, a body of JSON each.
    static func run(_ loop: PollLoop, port: Int, path: String, _ requests: [[UInt8]]) async throws -> [Double] {
        try await loop.flatSubmit {
            let done = loop.makePromise(of: [Double].self)
            SocketConnector.connect(to: "127.0.0.1", port: port, on: loop, timeout: .seconds(5)) { result in
                switch result {
                case .success(let socket):
                    let client = TurnClient(socket, path, requests, done)
                    socket.start(client)
                    client.sendNext()
                case .failure: done.fail(BenchmarkError("the gateway takes no connection"))
                }
            }
            return done.futureResult
        }.get()
    }

    private func sendNext() {
        guard let body = requests.popFirst() else {
            socket.close()
            return done.succeed(waits)
        }
        let head = Array(
            """
            POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.count)\r\n\r\n
            """.utf8)
        reader = ResponseReader()
        start = .now()
        socket.write(head.span, body.span)
    }

    func received(_ bytes: Span<UInt8>) {
        pending += bytes.copied
        let joined = pending
        var position = 0
        do {
            while let event = try reader.next(in: joined.span, from: &position) {
                switch event {
                case .head(let head) where head.status != 200:
                    return done.fail(BenchmarkError("the gateway answers \(head.status)"))
                case .end:
                    pending = []
                    waits.append(Double((NIODeadline.now() - start).nanoseconds) / 1e6)
                    return sendNext()
                default: break
                }
            }
            pending.removeFirst(position)
        } catch {
            done.fail(BenchmarkError("the gateway's answer cannot be read: \(error)"))
        }
    }

    func writable(_ isWritable: Bool) {}
    func closed(_ error: SocketError?) { if !requests.isEmpty { done.fail(BenchmarkError("the gateway hung up")) } }
}
