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
                if !bytes.isEmpty {
                    channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
                    channel.pipeline.fireChannelReadComplete()
                }
                channel.setOption(.autoRead, value: true).whenSuccess { channel.read() }
            }
    }
}
