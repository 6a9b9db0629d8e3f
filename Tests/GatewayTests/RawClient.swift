import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// A client that sends the bytes it is told to and keeps what comes back.
final class RawClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    /// In the clear, or behind TLS with a server name that the client says, where it says one.
    static func connect(
        _ port: Int, reads: Bool = true, tls: NIOSSLContext? = nil, serverName: String? = nil
    ) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            try NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: RawClient

        init(_ client: RawClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            client.state.withLock { $0.bytes.append(contentsOf: buffer.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { client.state.withLock { $0.isClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { client.state.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    var text: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }
    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var count: Int { state.withLock { $0.bytes.count } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ buffer: ByteBuffer) async throws {
        guard let channel = channel.withLock({ $0 }) else { return }
        try await channel.writeAndFlush(buffer).get()
    }

    func close() async throws { try await channel.withLock { $0 }?.close().get() }

    /// What came, once it holds `end`.
    func read(until end: String) async throws -> String {
        try await eventually("an answer with \(end.debugDescription)") { self.text.contains(end) || self.isClosed }
        return text
    }

    /// What came, once the other side has closed.
    func readToEnd() async throws -> String {
        try await eventually("the connection's end") { self.isClosed }
        // The gateway waits for our end too.
        try? await close()
        return text
    }
}

struct Overdue: Error, CustomStringConvertible {
    var description: String
}

/// Waits for a condition that another thread makes true.
func eventually(
    _ what: String, within limit: Duration = .seconds(10), _ condition: @Sendable () async -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while await !condition() {
        guard ContinuousClock.now < deadline else { throw Overdue(description: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A POST with a JSON body.
func post(_ path: String, _ body: String, fields: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n\(fields)"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

/// The body of a response's text.
func body(of response: String) -> String {
    response.range(of: "\r\n\r\n").map { String(response[$0.upperBound...]) } ?? ""
}

extension String {
    /// The first place of `needle`.
    func range(of needle: String) -> Range<String.Index>? { firstRange(of: needle) }
}
