import NIOCore
import NIOPosix

/// Makes connections to engines and providers that need more than a socket: TLS, or the resolver.
struct UpstreamChannel {
    /// Why no connection came about, in a few words.
    struct Failure: Error {
        var words: String
    }

    let tls: UpstreamTLSContexts
    let timeout: TimeAmount

    /// Connects, and shakes hands where there is TLS; `stream` is the end of the pipeline.
    func connect(_ key: UpstreamKey, _ stream: ChannelStream, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let handshake = key.tls.map { _ in loop.makePromise(of: Void.self) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls, timeout] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let wanted = key.tls, let handshake {
                        try channel.pipeline.syncOperations.addHandlers([
                            tls.handler(wanted), UpstreamHandshake(handshake, timeout: timeout * 5),
                        ])
                    }
                    try channel.pipeline.syncOperations.addHandler(stream)
                }
            }
        let connected =
            if let address = try? SocketAddress(ipAddress: key.host, port: key.port) {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: key.host, port: key.port)
            }
        let opened = connected.flatMapErrorThrowing { throw Failure(words: Self.words(for: $0)) }
        guard let handshake else { return opened.map { _ in } }
        // A handshake that begins fails by itself; one that never began has to be failed.
        opened.whenFailure { handshake.fail($0) }
        return opened.flatMap { _ in
            handshake.futureResult.flatMapErrorThrowing { throw Failure(words: UpstreamHandshake.words(for: $0)) }
        }
    }

    private static func words(for error: any Error) -> String {
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED ? "refused" : "error \(error.errnoCode)"
        }
        if case .connectTimeout? = error as? ChannelError { return "timed out" }
        return "unreachable"
    }
}
