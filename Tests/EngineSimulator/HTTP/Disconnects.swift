import NIOCore
import Synchronization

/// Tells when a client has gone while its request is worked on.
final class Disconnects: Sendable {
    private let actions = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

    /// From now until `endWatch`, `onDisconnect` is called, once at most, if the client of `channel` goes away.
    func beginWatch(_ channel: any Channel, onDisconnect: @escaping @Sendable () -> Void) {
        actions.withLock { $0[ObjectIdentifier(channel)] = onDisconnect }
    }

    func endWatch(_ channel: any Channel) {
        actions.withLock { $0[ObjectIdentifier(channel)] = nil }
    }

    fileprivate func gone(_ channel: any Channel) {
        actions.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }?()
    }

    /// The handler each connection needs.
    func handler() -> any RemovableChannelHandler { InboundCloseHandler(disconnects: self) }
}

/// Sees the end of a client's side of the connection, half closed or closed.
private final class InboundCloseHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    private let disconnects: Disconnects

    init(disconnects: Disconnects) { self.disconnects = disconnects }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { disconnects.gone(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        disconnects.gone(context.channel)
        context.fireChannelInactive()
    }
}
