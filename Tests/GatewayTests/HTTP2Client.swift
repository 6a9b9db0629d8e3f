import HTTPWire
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// A client of HTTP/2 that keeps what comes back on each of its streams.
final class HTTP2Client: Sendable {
    /// One request and what became of it.
    final class Stream: Sendable {
        struct State {
            var fields: [String: String] = [:]
            var body: [UInt8] = []
            /// DATA frames that held something.
            var pieces: [String] = []
            var isEnded = false
            var reset: HTTP2ErrorCode?
            var isClosed = false
        }

        let state = Mutex(State())
        private let channel = Mutex<(any Channel)?>(nil)

        fileprivate func use(_ channel: any Channel) { self.channel.withLock { $0 = channel } }

        var status: Int? { state.withLock { $0.fields[":status"].flatMap { Int($0) } } }
        var body: String { String(decoding: state.withLock { $0.body }, as: UTF8.self) }
        var count: Int { state.withLock { $0.body.count } }
        var pieces: [String] { state.withLock { $0.pieces } }
        var isEnded: Bool { state.withLock { $0.isEnded } }
        var isClosed: Bool { state.withLock { $0.isClosed } }
        var reset: HTTP2ErrorCode? { state.withLock { $0.reset } }

        func field(_ name: String) -> String? { state.withLock { $0.fields[name] } }

        func send(_ body: [UInt8], isLast: Bool) async throws {
            let data = HTTP2Frame.FramePayload.data(
                .init(data: .byteBuffer(ByteBuffer(bytes: body)), endStream: isLast))
            try await channel.withLock { $0 }?.writeAndFlush(data).get()
        }

        func cancel() async throws {
            try await channel.withLock { $0 }?.writeAndFlush(HTTP2Frame.FramePayload.rstStream(.cancel)).get()
        }

        func setReading(_ isWanted: Bool) async throws {
            guard let channel = channel.withLock({ $0 }) else { return }
            try await channel.setOption(.autoRead, value: isWanted).get()
            if isWanted { channel.read() }
        }

        /// The stream, once its answer is complete or broke off.
        @discardableResult func ended() async throws -> Stream {
            try await eventually("the stream's end") { self.isEnded || self.isClosed }
            return self
        }
    }

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    let goAway = Mutex<HTTP2ErrorCode?>(nil)

    private init(_ channel: any Channel, _ multiplexer: NIOHTTP2Handler.StreamMultiplexer) {
        self.channel = channel
        self.multiplexer = multiplexer
    }

    var isClosed: Bool { !channel.isActive }

    static func connect(
        _ port: Int, tls: NIOSSLContext? = nil, serverName: String? = nil
    ) async throws -> HTTP2Client {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    // Before a byte can come: the server speaks first.
                    _ = try pipeline.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                    ) { $0.eventLoop.makeSucceededVoidFuture() }
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let client = try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let client = HTTP2Client(channel, try pipeline.handler(type: NIOHTTP2Handler.self).syncMultiplexer())
            try pipeline.addHandler(GoAwayReader(client))
            return client
        }.get()
        return client
    }

    /// Begins a request; with `body` nil it is left open.
    func begin(
        _ method: String, _ path: String, _ body: String?, fields: [(String, String)] = [], reads: Bool = true
    ) async throws -> Stream {
        let stream = Stream()
        let channel = try await multiplexer.createStreamChannel { channel in
            channel.eventLoop.makeCompletedFuture {
                if !reads { try channel.syncOptions?.setOption(.autoRead, value: false) }
                try channel.pipeline.syncOperations.addHandler(Collector(stream))
            }
        }.get()
        stream.use(channel)
        let pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "gateway")]
        let head = HPACKHeaders(pseudo + fields)
        let payload = HTTP2Frame.FramePayload.headers(.init(headers: head, endStream: body?.isEmpty == true))
        try await channel.writeAndFlush(payload).get()
        if let body, !body.isEmpty { try await stream.send(Array(body.utf8), isLast: true) }
        return stream
    }

    func ask(_ body: String, path: String = "/v1/completions") async throws -> Stream {
        try await begin("POST", path, body, fields: [("content-type", "application/json")]).ended()
    }

    func close() async throws { try await channel.close().get() }

    private final class GoAwayReader: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        private let client: HTTP2Client

        init(_ client: HTTP2Client) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .goAway(_, let code, _) = unwrapInboundIn(data).payload else { return }
            client.goAway.withLock { $0 = code }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        private let stream: Stream

        init(_ stream: Stream) { self.stream = stream }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let payload = unwrapInboundIn(data)
            stream.state.withLock { state in
                switch payload {
                case .headers(let frame):
                    for (name, value, _) in frame.headers { state.fields[name] = value }
                    if frame.endStream { state.isEnded = true }
                case .data(let frame):
                    if case .byteBuffer(let buffer) = frame.data, buffer.readableBytes > 0 {
                        state.body.append(contentsOf: buffer.readableBytesView)
                        state.pieces.append(String(buffer: buffer))
                    }
                    if frame.endStream { state.isEnded = true }
                case .rstStream(let code): state.reset = code
                default: break
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let closed = error as? NIOHTTP2Errors.StreamClosed {
                stream.state.withLock { $0.reset = closed.errorCode }
            }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { stream.state.withLock { $0.isClosed = true } }
    }
}
