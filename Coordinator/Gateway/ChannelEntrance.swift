import NIOCore
import NIOPosix

/// Makes channels of connections that need more than their bytes: TLS, HTTP/2.
struct ChannelEntrance: Sendable {
    /// Of the loop that the channels live on.
    let context: NIOLoopBound<LoopContext>

    /// Takes an open connection of which `bytes` were read already; `setUp` fills its pipeline.
    func adopt(
        _ descriptor: CInt, first bytes: [UInt8] = [],
        _ setUp: @escaping @Sendable (any Channel, LoopContext) throws -> Void
    ) {
        ClientBootstrap(group: context.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel, context.value) }
            }
            .withConnectedSocket(descriptor)
            .whenSuccess { channel in
                // It is told that it is active after this, and bytes may only come then.
                channel.eventLoop.execute { Self.begin(channel, bytes) }
            }
    }

    private static func begin(_ channel: any Channel, _ bytes: [UInt8]) {
        // First, because streams of HTTP/2 take it over as they begin; the socket is not read before the next round.
        try? channel.syncOptions?.setOption(.autoRead, value: true)
        channel.read()
        guard !bytes.isEmpty else { return }
        channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
        channel.pipeline.fireChannelReadComplete()
    }
}
