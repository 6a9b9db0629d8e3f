import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay to a port of this machine whose traffic can be stopped.
final class Relay: Sendable {
    enum Mode: Sendable {
        case open
        /// Connections stay and nothing passes, as where a firewall drops packets.
        case silent
        /// Connections end and new ones end at once, as where the server is down.
        case closed
    }

    private struct State {
        var mode = Mode.open
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    var mode: Mode {
        get { state.withLock { $0.mode } }
        set {
            let ended = state.withLock { state in
                state.mode = newValue
                return newValue == .closed ? Array(state.channels.values) : []
            }
            for channel in ended { channel.close(promise: nil) }
        }
    }

    /// Runs a relay to `port` while `body` runs, which gets the relay's own port.
    static func run(to port: Int, _ body: (Relay, Int) async throws -> Void) async throws {
        let relay = Relay()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { relay.connect($0, to: port) }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(relay, server.localAddress?.port ?? 0)
        } catch {
            relay.mode = .closed
            try await server.close()
            throw error
        }
        relay.mode = .closed
        try await server.close()
    }

    private func connect(_ client: any Channel, to port: Int) -> EventLoopFuture<Void> {
        guard mode != .closed else { return client.close() }
        return ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: port).flatMap { server in
            self.state.withLock { state in
                for channel in [client, server] { state.channels[ObjectIdentifier(channel)] = channel }
            }
            return client.pipeline.addHandler(Pipe(to: server, of: self)).flatMap {
                server.pipeline.addHandler(Pipe(to: client, of: self))
            }.flatMap { client.setOption(.autoRead, value: true) }
        }
    }

    private func forget(_ channel: any Channel) {
        state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }

    /// Hands what one side says to the other.
    private final class Pipe: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let peer: any Channel
        private let relay: Relay

        init(to peer: any Channel, of relay: Relay) {
            self.peer = peer
            self.relay = relay
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard relay.mode == .open else { return }
            peer.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            relay.forget(context.channel)
            peer.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
