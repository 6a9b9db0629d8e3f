import Glibc
import NIOCore
import Sockets

/// A channel as a stream of bytes for a handler that may live on another loop: the channel's part of each field is only
/// touched on the channel's loop, the handler's part only on the handler's.
///
/// 1. The handler hears of everything in the order in which it happened.
/// 2. `closed` is told once.
final class ChannelStream: ChannelInboundHandler, RemovableChannelHandler, ByteStream, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    // The handler's part.
    private let loop: any EventLoop
    private var handler: (any SocketHandler)?
    private(set) var isOpen = true
    private(set) var isWritable = true
    private var isReading = true

    /// Set before the handler gets this stream.
    private var channel: (any Channel)?
    private var context: ChannelHandlerContext?

    init(handlerLoop loop: any EventLoop) { self.loop = loop }

    private func onHandlersLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    // The channel's side.

    func handlerAdded(context: ChannelHandlerContext) {
        channel = context.channel
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        onHandlersLoop { self.handler?.received(buffer.readableBytesUInt8Span) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        onHandlersLoop {
            self.isWritable = isWritable
            self.handler?.writable(isWritable)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { onHandlersLoop { self.end() } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        onHandlersLoop { self.end(SocketError("connection", ECONNRESET)) }
        context.close(promise: nil)
    }

    private func end(_ error: SocketError? = nil) {
        isOpen = false
        let told = handler
        handler = nil
        told?.closed(error)
    }

    // The handler's side.

    var heldBytes: Int { 0 }

    var localPort: Int { channel?.localAddress?.port ?? 0 }

    func start(_ handler: any SocketHandler) { self.handler = handler }

    func write(_ first: Span<UInt8>, _ second: Span<UInt8>) {
        guard isOpen else { return }
        var bytes = ByteBufferAllocator().buffer(capacity: first.count + second.count)
        unsafe first.withUnsafeBytes { unsafe _ = bytes.writeBytes($0) }
        unsafe second.withUnsafeBytes { unsafe _ = bytes.writeBytes($0) }
        channel?.writeAndFlush(bytes, promise: nil)
    }

    func setReading(_ isWanted: Bool) {
        guard isWanted != isReading, let channel else { return }
        isReading = isWanted
        _ = channel.setOption(.autoRead, value: isWanted)
        if isWanted { channel.read() }
    }

    func finishWriting(_ onSent: @escaping () -> Void) {
        guard let channel else { return }
        let sent = loop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in onSent() }
        channel.close(mode: .output, promise: sent)
    }

    func speakHTTP2(_ bytes: [UInt8], _ context: LoopContext, _ arrival: Arrival) {
        guard let channel, let pipelineContext = self.context, isOpen else { return }
        handler = nil
        do {
            try HTTP2Connection.add(to: channel, context, arrival)
            // Not from the pipeline's start: there may be TLS, which these bytes have behind them.
            pipelineContext.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
            pipelineContext.fireChannelReadComplete()
            channel.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            close()
        }
    }

    func close() {
        guard isOpen else { return }
        channel?.close(promise: nil)
        end()
    }
}
