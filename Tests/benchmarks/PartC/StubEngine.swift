import HTTPWire
import NIOCore
import Sockets

/// An engine that computes nothing: it reads requests and answers each at once, on a loop of ours.
final class StubEngine {
    /// What it answers but to `/tokenize`.
    enum Answer: Sendable {
        case whole(bytes: Int)
        /// The head of a stream and one event, and then nothing more.
        case held
    }

    private let answer: [UInt8]
    /// The answer to a question of `/tokenize`.
    private let tokenize: ([UInt8]) -> [UInt8]
    private var listeners: [SocketListener] = []

    /// `tokens` is how many a prompt has, as `/tokenize` says.
    convenience init(_ answer: Answer, tokens: Int = 0) {
        let body = Self.body((0..<tokens).lazy.map { UInt32(1_000 + $0 % 100_000) })
        let response = Self.response("content-length: \(body.count)", body)
        self.init(answer, tokenize: { _ in response })
    }

    /// `tokens` gives those of the question that `/tokenize` gets; nil where it refuses it.
    convenience init(_ answer: Answer, tokens: @escaping ([UInt8]) -> [UInt32]?) {
        self.init(answer) { question in
            guard let ids = tokens(question) else { return Array("HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n".utf8) }
            let body = Self.body(ids)
            return Self.response("content-length: \(body.count)", body)
        }
    }

    private init(_ answer: Answer, tokenize: @escaping ([UInt8]) -> [UInt8]) {
        switch answer {
        case .whole(let bytes):
            self.answer = Self.response("content-length: \(bytes)", [UInt8](repeating: 0x20, count: bytes))
        case .held:
            self.answer = Self.response(
                "transfer-encoding: chunked", Array("16\r\ndata: {\"choices\":[]}\n\n\r\n".utf8),
                type: "text/event-stream")
        }
        self.tokenize = tokenize
    }

    private static func body(_ ids: some Collection<UInt32>) -> [UInt8] {
        let numbers = ids.map(String.init).joined(separator: ",")
        return Array("{\"count\":\(ids.count),\"max_model_len\":131072,\"tokens\":[\(numbers)]}".utf8)
    }

    private static func response(_ framing: String, _ body: [UInt8], type: String = "application/json") -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\ncontent-type: \(type)\r\n\(framing)\r\n\r\n".utf8) + body
    }

    /// Listens on a free port, which is returned.
    func listen(_ loop: PollLoop) throws -> Int {
        let listener = try SocketListener.listen(on: "127.0.0.1", port: 0, loop: loop) { descriptor in
            Connection(StreamSocket(adopting: descriptor, on: loop), self).start()
        }
        listeners.append(listener)
        return listener.port
    }

    private final class Connection: SocketHandler {
        private let socket: StreamSocket
        private let engine: StubEngine
        private var reader = RequestReader()
        private var pending: [UInt8] = []
        private var isTokenize = false
        private var question: [UInt8] = []

        init(_ socket: StreamSocket, _ engine: StubEngine) {
            self.socket = socket
            self.engine = engine
        }

        func start() { socket.start(self) }

        func received(_ bytes: Span<UInt8>) {
            if pending.isEmpty {
                let used = read(bytes)
                if used < bytes.count { pending = bytes.extracting(used..<bytes.count).copied }
            } else {
                pending += bytes.copied
                let joined = pending
                pending.removeFirst(read(joined.span))
            }
        }

        private func read(_ bytes: Span<UInt8>) -> Int {
            var position = 0
            do {
                while let event = try reader.next(in: bytes, from: &position) {
                    switch event {
                    case .head(let head):
                        isTokenize = head.pathText == "/tokenize"
                        question = []
                    case .body(let range): if isTokenize { question += bytes.extracting(range).copied }
                    case .end: socket.write((isTokenize ? engine.tokenize(question) : engine.answer).span, Span())
                    }
                }
            } catch {
                socket.close()
            }
            return position
        }

        func writable(_ isWritable: Bool) {}
        func closed(_ error: SocketError?) {}
    }
}
