import NIOCore
import NIOSSL
import NIOTLS

/// Tells whether the TLS handshake of a new connection came about, so that no request is sent before it.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>
    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ promise: EventLoopPromise<Void>, timeout: TimeAmount) {
        self.promise = promise
        self.timeout = timeout
    }

    func channelActive(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
            end(context, .failure(ChannelError.connectTimeout(timeout)))
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            timer?.cancel()
            promise.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, .failure(error)) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<Void, any Error>) {
        timer?.cancel()
        promise.completeWith(result)
        context.close(promise: nil)
    }

    /// The reason of a handshake that failed, without what was sent in it.
    static func words(for error: any Error) -> String {
        if case .connectTimeout? = error as? ChannelError { return "TLS handshake timed out" }
        if error is NIOSSLExtraError { return "TLS: its certificate is for another name" }
        let text = "\(error)"
        return text.contains("CERTIFICATE_VERIFY_FAILED")
            ? "TLS: its certificate is not trusted" : "TLS handshake failed"
    }
}
