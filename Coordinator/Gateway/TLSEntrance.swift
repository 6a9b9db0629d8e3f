import NIOCore
import NIOSSL
import NIOTLS
import Observability
import Routing
import Synchronization

/// How a connection came in.
struct Arrival: Sendable {
    /// The listener whose certificate the client was shown; nil in the clear and on the router's own certificate.
    var listener: ListenerID?
}

/// Stands at the end of a new connection's pipeline until its TLS handshake is over, and then makes room for the
/// protocol that was agreed upon.
///
/// 1. A client that names no listener's host gets an alert and no certificate.
/// 2. A handshake that takes longer than `clientTimeout` is given up.
final class TLSEntrance: ChannelInboundHandler, RemovableChannelHandler, Ticking {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A fatal alert `unrecognized_name` (RFC 6066 §3), in the clear because nothing was agreed upon yet.
    private static let alert: [UInt8] = [0x15, 3, 3, 0, 2, 2, 112]

    private let loopContext: LoopContext
    private var context: ChannelHandlerContext?
    private var arrival = Arrival()
    private var deadline: NIODeadline
    private var isOver = false

    private init(_ loopContext: LoopContext) {
        self.loopContext = loopContext
        deadline = .now() + loopContext.state.configuration.clientTimeout
    }

    /// Makes a new channel's pipeline begin with TLS.
    static func add(to channel: any Channel, _ loopContext: LoopContext, _ choices: [PortCertificates.Choice]) throws {
        let entrance = TLSEntrance(loopContext)
        let pipeline = channel.pipeline.syncOperations
        if choices.count == 1, let only = choices.first, only.hostname == nil {
            entrance.arrival.listener = only.listener
            return try pipeline.addHandlers([NIOSSLServerHandler(context: only.identity.context), entrance])
        }
        let hello = SNIHandler { result in
            let name = if case .hostname(let name) = result { name.lowercased() } else { "" }
            let choice = choices.first { $0.hostname?.holds(for: name) ?? true }
            return entrance.begin(with: choice)
        }
        try pipeline.addHandlers([ByteToMessageHandler(hello), entrance])
    }

    private func begin(with choice: PortCertificates.Choice?) -> EventLoopFuture<Void> {
        guard let context else { return loopContext.loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        guard let choice else {
            end("unknown_name")
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.alert)), promise: nil)
            context.close(promise: nil)
            return context.eventLoop.makeFailedFuture(ChannelError.inputClosed)
        }
        arrival.listener = choice.listener
        return context.eventLoop.makeCompletedFuture {
            try context.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: choice.identity.context), position: .before(self))
        }
    }

    // The handshake.

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopContext.timer.add(self)
        loopContext.state.connections.add(1, ordering: .relaxed)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loopContext.timer.remove(self)
        loopContext.state.connections.subtract(1, ordering: .relaxed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let agreed)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        end("ok")
        do {
            if agreed == "h2" {
                try HTTP2Connection.add(to: context.channel, loopContext, arrival)
            } else {
                let stream = ChannelStream(handlerLoop: context.eventLoop)
                try context.pipeline.syncOperations.addHandler(stream)
                _ = FrontHandler(loopContext, stream, arrival)
            }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end("failed")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("failed")
        context.fireChannelInactive()
    }

    func tick(_ now: NIODeadline) {
        guard now >= deadline || loopContext.state.isCuttingOff.load(ordering: .relaxed) else { return }
        end("timeout")
        context?.close(promise: nil)
    }

    private func end(_ outcome: String) {
        guard !isOver else { return }
        isOver = true
        loopContext.state.metrics.fronts.handshakes.add(1, [outcome])
    }
}
