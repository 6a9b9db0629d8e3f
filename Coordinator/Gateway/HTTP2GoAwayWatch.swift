import NIOCore

/// Stands between a connection and its HTTP/2 handler and knows whether that has given the connection up, which it says
/// by GOAWAY with an error. That tells an error of the connection from one of a stream, which the others survive.
///
/// The handler writes each frame by itself; only the data of DATA comes after its head in a buffer of its own.
final class HTTP2GoAwayWatch: ChannelOutboundHandler {
    typealias OutboundIn = IOData

    /// Length 8, type 7, no flags, stream 0; then the last stream and the error code.
    private static let frameHead: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0]
    private static let frameBytes = 17
    private static let codeOffset = 13

    private(set) var isGivenUp = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(let buffer) = unwrapOutboundIn(data), buffer.readableBytes == Self.frameBytes,
            buffer.readableBytesView.starts(with: Self.frameHead),
            buffer.getInteger(at: buffer.readerIndex + Self.codeOffset, as: UInt32.self) != 0
        {
            isGivenUp = true
        }
        context.write(data, promise: promise)
    }
}
