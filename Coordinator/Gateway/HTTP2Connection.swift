import NIOCore
import NIOHTTP2
import Observability
import Synchronization

/// One HTTP/2 connection of a client: its limits, its end, and how it is said goodbye to.
///
/// 1. An error of the connection ends it after GOAWAY; one of a stream ends that stream alone.
/// 2. Idle for `keepAliveTimeout`, or at shutdown, it gets GOAWAY; streams under way end by themselves, and with the
///    last of them the connection does.
final class HTTP2Connection: ChannelInboundHandler, Ticking {
    typealias InboundIn = HTTP2Frame

    /// What a client of HTTP/2 sends first.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// So much of it looks like a request of HTTP/1.1, which is how it is noticed.
    private static let requestLikeBytes = 18
    /// How long a connection without streams that was said goodbye to may stay.
    static let lingerTimeout = TimeAmount.seconds(5)

    private let loopContext: LoopContext
    private let watch: HTTP2GoAwayWatch
    let arrival: Arrival
    private var context: ChannelHandlerContext?
    private var streams = 0
    private var deadline: NIODeadline
    private var isLeaving = false

    private var state: GatewayState { loopContext.state }

    private init(_ loopContext: LoopContext, _ watch: HTTP2GoAwayWatch, _ arrival: Arrival) {
        self.loopContext = loopContext
        self.watch = watch
        self.arrival = arrival
        deadline = .now() + loopContext.state.configuration.keepAliveTimeout
    }

    /// Whether these first bytes of a connection, which are no request of HTTP/1.1, begin one of HTTP/2.
    static func begins(with bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= requestLikeBytes else { return false }
        for index in 0..<min(bytes.count, preface.count) where bytes[index] != preface[index] { return false }
        return true
    }

    /// Makes the rest of a channel's pipeline speak HTTP/2.
    static func add(to channel: any Channel, _ loopContext: LoopContext, _ arrival: Arrival) throws {
        let watch = HTTP2GoAwayWatch()
        let connection = HTTP2Connection(loopContext, watch, arrival)
        let farewell = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let http2 = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: HTTP2Limits.connection,
            streamConfiguration: HTTP2Limits.stream, streamDelegate: farewell.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let connection = bound.value
                try stream.pipeline.syncOperations.addHandler(HTTP2StreamFront(connection.loopContext, connection))
            }
        }
        try channel.pipeline.syncOperations.addHandlers([watch, http2, farewell, connection])
    }

    // The connection's life.

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopContext.timer.add(self)
        state.connections.add(1, ordering: .relaxed)
        state.metrics.connections.add(1)
        state.metrics.fronts.http2Connections.add(1)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loopContext.timer.remove(self)
        state.connections.subtract(1, ordering: .relaxed)
        state.metrics.connections.add(-1)
        state.metrics.fronts.http2Connections.add(-1)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is any NIOHTTP2Error else { return context.close(promise: nil) }
        state.metrics.fronts.http2Faults.add(1, [HTTP2Fault(error).rawValue])
        guard watch.isGivenUp else { return }
        // Its GOAWAY is flushed when everything that was read has been gone through.
        context.eventLoop.assumeIsolated().execute { context.close(promise: nil) }
    }

    /// A stream more; false when it is one too many. A client is held to the limit also before it has acknowledged it.
    func streamBegan() -> Bool {
        streams += 1
        return streams <= HTTP2Limits.streamsMax
    }

    func streamEnded() {
        streams -= 1
        if streams == 0 {
            deadline =
                .now() + (isLeaving ? Self.lingerTimeout : TimeAmount(state.configuration.keepAliveTimeout))
        }
    }

    func tick(_ now: NIODeadline) {
        guard let context else { return }
        if streams == 0, state.isCuttingOff.load(ordering: .relaxed) { return context.close(promise: nil) }
        if isLeaving {
            if streams == 0, now >= deadline { context.close(promise: nil) }
            return
        }
        guard state.isDraining.load(ordering: .relaxed) || (streams == 0 && now >= deadline) else { return }
        isLeaving = true
        deadline = now + Self.lingerTimeout
        context.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}

/// Why HTTP/2 frames of a client were refused, as metrics have it.
private enum HTTP2Fault: String {
    case resetFlood = "reset_flood"
    case controlFlood = "control_flood"
    case continuationFlood = "continuation_flood"
    case emptyDataFlood = "empty_data_flood"
    case errorFlood = "error_flood"
    case headerListTooLarge = "header_list_too_large"
    case malformed

    init(_ error: any Error) {
        switch error {
        case is NIOHTTP2Errors.ExcessiveRSTFrames: self = .resetFlood
        case is NIOHTTP2Errors.ExcessiveControlFrames, is NIOHTTP2Errors.ExcessiveOutboundFrameBuffering:
            self = .controlFlood
        case is NIOHTTP2Errors.ExcessiveContinuationFrames: self = .continuationFlood
        case is NIOHTTP2Errors.ExcessiveEmptyDataFrames: self = .emptyDataFlood
        case is NIOHTTP2Errors.ExcessiveStreamErrors, is NIOHTTP2Errors.ExcessiveNumberOfGlitches: self = .errorFlood
        case is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock: self = .headerListTooLarge
        default: self = .malformed
        }
    }
}
