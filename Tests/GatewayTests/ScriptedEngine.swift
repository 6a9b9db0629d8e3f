import AgentProtocol
import Glibc
import HTTPWire
import NIOCore
import NIOPosix
import NIOSSL
import Routing
import Synchronization

/// An engine that answers each request as a script says, byte for byte, and remembers what it was asked.
final class ScriptedEngine: Sendable {
    struct Received: Sendable {
        var method = ""
        var target = ""
        /// Fields by lower-case name.
        var fields: [String: String] = [:]
        var body = ""
    }

    enum Step: Sendable {
        case send(String)
        /// That many bytes of filler, in pieces, as fast as the other side takes them.
        case flood(Int)
        case pause(TimeAmount)
        /// Nothing more on this connection, which stays open.
        case hang
        /// Goes on once this holds.
        case wait(@Sendable () -> Bool)
        /// Ends the connection.
        case close
        /// Ends it with a reset, as a process that was killed does.
        case reset
    }

    struct Record: Sendable {
        var received: [Received] = []
        var disconnects = 0
        var connections = 0
        var floodedBytes = 0
    }

    typealias Script = @Sendable (Received) -> [Step]

    let record = Mutex(Record())
    let name: String
    private let remembers: Bool
    private let channel = Mutex<(any Channel)?>(nil)

    init(_ name: String, remembers: Bool = true) {
        self.name = name
        self.remembers = remembers
    }

    fileprivate func note(_ received: Received) {
        guard remembers else { return }
        record.withLock { $0.received.append(received) }
    }

    var received: [Received] { record.withLock { $0.received } }

    /// Starts on a free loopback port; behind TLS where `tls` is set. For very many requests it need not remember them.
    static func start(
        _ name: String = "pod-0", tls: NIOSSLContext? = nil, remembers: Bool = true, _ script: @escaping Script
    ) async throws -> ScriptedEngine {
        let engine = ScriptedEngine(name, remembers: remembers)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(engine, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        engine.channel.withLock { $0 = channel }
        return engine
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    func stop() async throws { try await channel.withLock { $0 }?.close().get() }

    func endpoint(
        _ role: Endpoint.Role = .none, group: String = "", bootstrapPort: Int = Endpoint.bootstrapPortDefault
    ) -> Endpoint {
        Endpoint(
            engine: EngineID(namespace: "dev", pod: name, port: port), host: "127.0.0.1", role: role, group: group,
            bootstrapPort: bootstrapPort)
    }

    /// A response with a length.
    static func response(_ body: String, _ status: String = "200 OK", type: String = "application/json") -> Step {
        .send("HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    static let streamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"

    /// One chunk of a chunked body.
    static func chunk(_ data: String) -> String { "\(String(data.utf8.count, radix: 16))\r\n\(data)\r\n" }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let engine: ScriptedEngine
    private let script: ScriptedEngine.Script
    private var reader = RequestReader()
    private var pending: [UInt8] = []
    private var current = ScriptedEngine.Received()
    private var body: [UInt8] = []
    private var steps: [ScriptedEngine.Step] = []
    private var flood = 0
    private var isPausing = false

    init(_ engine: ScriptedEngine, _ script: @escaping ScriptedEngine.Script) {
        self.engine = engine
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) { engine.record.withLock { $0.connections += 1 } }

    func channelInactive(context: ChannelHandlerContext) {
        engine.record.withLock { $0.disconnects += 1 }
        steps = []
        flood = 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending += buffer.readBytes(length: buffer.readableBytes) ?? []
        var position = 0
        while let event = try? reader.next(in: pending.span, from: &position) {
            switch event {
            case .head(let head):
                current = ScriptedEngine.Received(method: head.methodText, target: head.targetText)
                for field in head.fields.fields {
                    current.fields[head.fields.text(field.name).lowercased()] = head.fields.text(field.value)
                }
                body = []
            case .body(let range): body += pending[range]
            case .end:
                current.body = String(decoding: body, as: UTF8.self)
                let received = current
                engine.note(received)
                steps += script(received)
            }
        }
        pending.removeFirst(position)
        run(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { run(context) }

    private func run(_ context: ChannelHandlerContext) {
        while !isPausing {
            if flood > 0 {
                guard context.channel.isWritable else { return }
                let piece = min(flood, 65_536)
                flood -= piece
                engine.record.withLock { $0.floodedBytes += piece }
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: 0x61, count: piece)), promise: nil)
                continue
            }
            guard !steps.isEmpty else { return }
            switch steps.removeFirst() {
            case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .flood(let count): flood = count
            case .hang: isPausing = true
            case .close: context.close(promise: nil)
            case .reset:
                // The option is set before this returns, for this is the channel's event loop.
                _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                context.close(promise: nil)
            case .wait(let condition):
                if condition() { continue }
                steps.insert(.wait(condition), at: 0)
                pause(.milliseconds(1), context)
            case .pause(let time): pause(time, context)
            }
        }
    }

    private func pause(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        isPausing = true
        context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.isPausing = false
            self.run(context)
        }
    }
}
