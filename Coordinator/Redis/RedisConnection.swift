import NIOCore

/// One connection to Redis: commands out, replies to whoever asked, in order.
///
/// 1. The first reply belongs to the oldest command that has none.
/// 2. Each command's completion runs once: with the reply, or with the connection's end.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Completion = (Result<RESPValue, RedisFailure>) -> Void

    private var context: ChannelHandlerContext?
    private var pending = ByteBuffer()
    private var waiting = CircularBuffer<Completion>()
    private var onEnd: (() -> Void)?

    /// `onEnd` runs once, when the connection is over.
    init(onEnd: @escaping () -> Void) { self.onEnd = onEnd }

    var waitingCount: Int { waiting.count }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ words: [String], completion: @escaping Completion) {
        guard let context, context.channel.isActive else { return completion(.failure(.disconnected)) }
        waiting.append(completion)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: RESPWriter.command(words))), promise: nil)
    }

    func close() {
        if let context { context.close(promise: nil) } else { end() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        while !waiting.isEmpty {
            var position = 0
            let bytes = pending
            do {
                guard let reply = try RESPReader.next(in: bytes.readableBytesUInt8Span, from: &position) else { break }
                pending.moveReaderIndex(forwardBy: position)
                let completion = waiting.removeFirst()
                if case .error(let text) = reply {
                    completion(.failure(.refused(text)))
                } else {
                    completion(.success(reply))
                }
            } catch {
                return close()
            }
        }
        if pending.readableBytes == 0 { pending.clear() } else if waiting.isEmpty { close() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        let left = waiting
        waiting = []
        let onEnd = self.onEnd
        self.onEnd = nil
        onEnd?()
        for completion in left { completion(.failure(.disconnected)) }
    }
}
