import JSONValues
import NIOCore
import NIOPosix

/// One TCP connection that carries JSON objects, one a line.
struct LineChannel {
    /// A longer line ends the connection.
    static let lineBytesMax = 64 * 1024

    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffered = ByteBuffer()

    init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        iterator = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// The next object; nil when the other side has closed.
    mutating func next() async throws -> JSONValue? {
        while true {
            if let end = buffered.readableBytesView.firstIndex(of: 0x0A) {
                let count = end - buffered.readableBytesView.startIndex
                let line = buffered.readBytes(length: count) ?? []
                buffered.moveReaderIndex(forwardBy: 1)
                return try JSONValue.parse(line)
            }
            guard buffered.readableBytes <= Self.lineBytesMax else { throw SimulatorError("a line is too long") }
            guard var more = try await iterator.next(isolation: #isolation) else { return nil }
            buffered.discardReadBytes()
            buffered.writeBuffer(&more)
        }
    }

    func send(_ object: JSONValue) async throws {
        try await outbound.write(ByteBuffer(bytes: object.bytes() + [0x0A]))
    }

    /// Connects and runs `body`; the connection closes with it.
    static func withConnection<Value: Sendable>(
        host: String, port: Int, timeout: Duration, _ body: @Sendable (inout LineChannel) async throws -> Value
    ) async throws -> Value {
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.milliseconds(max(50, Int64(timeout / .milliseconds(1)))))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
        return try await connection.executeThenClose { inbound, outbound in
            var lines = LineChannel(inbound, outbound)
            return try await body(&lines)
        }
    }

    /// Listens until cancelled; each connection is served by `serve`, whose errors end only that connection.
    ///
    /// `onListening` gets the port that was really taken.
    static func listen(
        host: String, port: Int, onListening: @Sendable (Int) -> Void,
        serve: @escaping @Sendable (inout LineChannel) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
        onListening(server.channel.localAddress?.port ?? port)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask {
                        try? await connection.executeThenClose { inbound, outbound in
                            var lines = LineChannel(inbound, outbound)
                            try await serve(&lines)
                        }
                    }
                }
            }
        }
    }
}
