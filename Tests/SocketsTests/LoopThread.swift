import NIOCore
import NIOPosix
import Sockets
import Synchronization
import Testing

/// Runs `body` beside a loop that has a thread of its own, then ends both.
func withLoop<T: Sendable>(_ body: (PollLoop) async throws -> T) async throws -> T {
    let loop = try PollLoop()
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    thread.submit { _ in loop.run() }
    let result: Result<T, any Error>
    do { result = .success(try await body(loop)) } catch { result = .failure(error) }
    loop.stop()
    try await thread.shutdownGracefully()
    return try result.get()
}

/// Numbers that several threads note.
final class Notes: Sendable {
    private let noted = Mutex<[Int]>([])

    var numbers: [Int] { noted.withLock { $0 } }

    func add(_ number: Int) { noted.withLock { $0.append(number) } }
}

/// One end of a connection, which keeps what comes. It lives on the loop; what it tells others goes by promises.
final class End: SocketHandler {
    let socket: StreamSocket
    private(set) var bytes: [UInt8] = []
    private(set) var changes: [Bool] = []
    private(set) var closings: [SocketError?] = []
    var onChange: (End) -> Void = { _ in }

    init(_ socket: StreamSocket) {
        self.socket = socket
        socket.start(self)
    }

    func received(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe self.bytes.append(contentsOf: $0) }
        onChange(self)
    }

    func writable(_ isWritable: Bool) {
        changes.append(isWritable)
        onChange(self)
    }

    func closed(_ error: SocketError?) {
        closings.append(error)
        onChange(self)
    }
}

/// Both ends of one connection on one loop.
struct Pair {
    var client: End
    var server: End

    /// Connects on the loop.
    static func made(on loop: PollLoop) async throws -> NIOLoopBound<Pair> {
        let made = loop.makePromise(of: NIOLoopBound<Pair>.self)
        try await loop.submit {
            var listener: SocketListener?
            var server: End?
            var client: End?
            func finish() {
                guard let server, let client else { return }
                listener?.close()
                made.succeed(NIOLoopBound(Pair(client: client, server: server), eventLoop: loop))
            }
            listener = try SocketListener.listen(on: "127.0.0.1", port: 0, loop: loop) { descriptor in
                server = End(StreamSocket(adopting: descriptor, on: loop))
                finish()
            }
            SocketConnector.connect(
                to: "127.0.0.1", port: listener?.port ?? 0, on: loop, timeout: .seconds(10)
            ) { result in
                switch result {
                case .success(let socket):
                    client = End(socket)
                    finish()
                case .failure(let error): made.fail(error)
                }
            }
        }.get()
        return try await made.futureResult.get()
    }
}

extension NIOLoopBound where Value == Pair {
    /// Does something with the ends on their loop, then waits until `isDone` of one of them holds.
    func run(
        _ body: @escaping @Sendable (Pair) -> Void, until end: @escaping @Sendable (Pair) -> End,
        _ isDone: @escaping @Sendable (End) -> Bool
    ) async throws {
        let done = eventLoop.makePromise(of: Void.self)
        try await eventLoop.submit {
            let waiting = end(value)
            let isTold = Atomic(false)
            let look: (End) -> Void = { end in
                guard isDone(end), !isTold.exchange(true, ordering: .relaxed) else { return }
                done.succeed()
            }
            waiting.onChange = look
            body(value)
            look(waiting)
        }.get()
        try await done.futureResult.get()
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Pair) -> T) async throws -> T {
        try await eventLoop.submit { body(value) }.get()
    }
}
