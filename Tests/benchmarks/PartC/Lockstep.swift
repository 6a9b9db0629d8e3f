import HTTPWire
import NIOCore
import NIOPosix

/// A client and an engine that take turns on one event loop, so that the program between them does the same work in the
/// same order each time: one request under way, and of a stream one chunk.
final class Lockstep {
    /// What the engine answers.
    enum Answer: Sendable {
        case whole(bytes: Int)
        case stream(chunks: Int, bytes: Int)
    }

    /// How long the gateway may take to listen; under a profiler it takes seconds.
    private static let startMax = Duration.seconds(60)

    private let loop: any EventLoop
    private let answer: Answer
    private let request: [UInt8]
    private let finished: EventLoopPromise<Void>
    private var remaining = 0
    private var client: (any Channel)?
    private var engine: (any Channel)?
    private var chunksLeft = 0

    private init(_ loop: any EventLoop, _ answer: Answer, request: [UInt8]) {
        self.loop = loop
        self.answer = answer
        self.request = request
        finished = loop.makePromise()
    }

    /// Listens as an engine on one port and sends `count` requests to the gateway on another, once that listens.
    static func run(_ answer: Answer, request: [UInt8], count: Int, enginePort: Int, gatewayPort: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let script = try await loop.submit {
            NIOLoopBound(Lockstep(loop, answer, request: request), eventLoop: loop)
        }.get()
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EngineSide(script.value))
                }
            }
            .bind(host: "127.0.0.1", port: enginePort).get()
        let client = try await connect(loop, script, port: gatewayPort)
        try await loop.flatSubmit { script.value.begin(client, count) }.get()
        try await client.close().get()
        try await listener.close().get()
    }

    private static func connect(
        _ loop: any EventLoop, _ script: NIOLoopBound<Lockstep>, port: Int
    ) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ClientSide(script.value))
                }
            }
        let deadline = ContinuousClock.now + startMax
        while true {
            do {
                return try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func begin(_ channel: any Channel, _ count: Int) -> EventLoopFuture<Void> {
        client = channel
        remaining = count
        next()
        return finished.futureResult
    }

    private func next() {
        guard remaining > 0 else { return finished.succeed() }
        remaining -= 1
        client?.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
    }

    /// The client got some of an answer, perhaps its end.
    private func clientGot(_ isComplete: Bool) {
        if isComplete { return next() }
        sendChunk()
    }

    private func engineGot(_ channel: any Channel) {
        engine = channel
        switch answer {
        case .whole(let bytes):
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(bytes)\r\n\r\n"
            var buffer = ByteBuffer(string: head)
            buffer.writeRepeatingByte(0x20, count: bytes)
            channel.writeAndFlush(buffer, promise: nil)
        case .stream(let chunks, _):
            chunksLeft = chunks
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            channel.write(ByteBuffer(string: head), promise: nil)
            // The gateway keeps a head until it knows that a body follows.
            sendChunk()
        }
    }

    private func sendChunk() {
        guard case .stream(_, let bytes) = answer else { return }
        guard chunksLeft > 0 else {
            engine?.writeAndFlush(ByteBuffer(string: "0\r\n\r\n"), promise: nil)
            return
        }
        chunksLeft -= 1
        var buffer = ByteBuffer(string: "\(String(bytes, radix: 16))\r\ndata: ")
        buffer.writeRepeatingByte(0x61, count: bytes - 8)
        buffer.writeString("\n\n\r\n")
        engine?.writeAndFlush(buffer, promise: nil)
    }

    private func failed(_ error: any Error) { finished.fail(error) }

    private final class EngineSide: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let script: Lockstep
        private var reader = RequestReader()
        private var pending = ByteBuffer()

        init(_ script: Lockstep) { self.script = script }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending.writeImmutableBuffer(unwrapInboundIn(data))
            var position = 0
            do {
                let bytes = pending
                while let event = try reader.next(in: bytes.readableBytesUInt8Span, from: &position) {
                    if case .end = event { script.engineGot(context.channel) }
                }
                pending.moveReaderIndex(forwardBy: position)
                pending.discardReadBytes()
            } catch {
                script.failed(error)
            }
        }
    }

    private final class ClientSide: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let script: Lockstep
        private var reader = ResponseReader()
        private var pending = ByteBuffer()

        init(_ script: Lockstep) { self.script = script }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending.writeImmutableBuffer(unwrapInboundIn(data))
            var position = 0
            var isComplete = false
            do {
                let bytes = pending
                while let event = try reader.next(in: bytes.readableBytesUInt8Span, from: &position) {
                    switch event {
                    case .head(let head) where head.status != 200:
                        return script.failed(BenchmarkError("the gateway answers \(head.status)"))
                    case .end: isComplete = true
                    case .head, .body: break
                    }
                    if isComplete { break }
                }
                pending.moveReaderIndex(forwardBy: position)
                pending.discardReadBytes()
                if isComplete { reader = ResponseReader() }
                script.clientGot(isComplete)
            } catch {
                script.failed(error)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            // After the last answer nobody listens any more.
            script.failed(BenchmarkError("the gateway closed the connection"))
        }
    }
}
