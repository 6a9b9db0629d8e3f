import NIOCore

/// Stands between a connection and its HTTP/2 handler and knows whether the last bytes written ended with GOAWAY. That
/// tells an error of the connection, which is followed by its end, from one of a stream, which the others survive.
final class HTTP2GoAwayWatch: ChannelOutboundHandler {
    typealias OutboundIn = IOData

    /// Length 8, type 7, no flags, stream 0; then the last stream and the error code.
    private static let frameHead: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0]
    private static let frameBytes = 17

    private var last: ByteBuffer?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(let buffer) = unwrapOutboundIn(data) { last = buffer }
        context.write(data, promise: promise)
    }

    var wroteGoAway: Bool {
        guard let last, last.readableBytes >= Self.frameBytes else { return false }
        let start = last.writerIndex - Self.frameBytes
        return last.getBytes(at: start, length: Self.frameHead.count) == Self.frameHead
    }
}
