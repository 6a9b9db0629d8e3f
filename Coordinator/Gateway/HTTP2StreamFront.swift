import HTTPWire
import NIOCore
import NIOHPACK
import NIOHTTP2
import Observability
import Synchronization

/// One stream of an HTTP/2 connection: one request, whose answer an exchange gives.
///
/// 1. The client's window is the exchange's back-pressure: while it is full nothing is read from the engine.
/// 2. A stream that ends early, by the client's reset or with its connection, cancels its exchange at once.
/// 3. What is written and not taken for `idleTimeout` is given up.
/// 4. An answer that breaks off ends with RST_STREAM, so that no client takes the part for a whole.
final class HTTP2StreamFront: ChannelInboundHandler, ExchangeFront, Ticking {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Phase {
        case reading
        case responding(Exchange)
        case ended
    }

    private let loopContext: LoopContext
    private let connection: HTTP2Connection
    private var context: ChannelHandlerContext?
    private var phase = Phase.reading
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var answer: HTTP2Answer
    private var hasRequest = false
    private var isTooMany = false
    private var isCounted = true
    private var deadline: NIODeadline

    private var state: GatewayState { loopContext.state }

    init(_ loopContext: LoopContext, _ connection: HTTP2Connection) {
        self.loopContext = loopContext
        self.connection = connection
        answer = HTTP2Answer(isBodyless: false)
        deadline = .now() + loopContext.state.configuration.clientTimeout
    }

    // The stream's life.

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopContext.timer.add(self)
        isTooMany = !connection.streamBegan()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loopContext.timer.remove(self)
        leaveConnection()
    }

    /// Counts no more. Its handlers are removed later, when many others may have come.
    private func leaveConnection() {
        guard isCounted else { return }
        isCounted = false
        connection.streamEnded()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leaveConnection()
        let phase = self.phase
        self.phase = .ended
        if case .responding(let exchange) = phase { exchange.cancel() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .responding(let exchange) = phase { exchange.clientWritable(context.channel.isWritable) }
    }

    func tick(_ now: NIODeadline) {
        switch phase {
        case .reading where now >= deadline:
            refuse(.tooSlow)
        case .responding(let exchange):
            if state.isCuttingOff.load(ordering: .relaxed) { exchange.cutOff() } else { exchange.tick(now) }
        case .reading where state.isCuttingOff.load(ordering: .relaxed): refuse(.shuttingDown)
        case .ended where now >= deadline: context?.close(promise: nil)
        case .reading, .ended: break
        }
    }

    // Reading.

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .reading = phase else { return }
        guard !isTooMany else {
            state.metrics.refusals.add(1, ["streams"])
            return reset(.refusedStream)
        }
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            // What has fields after its data has trailers, which nothing here needs.
            if head == nil, !begin(frame) { return }
            if frame.endStream { dispatch() }
        case .data(let frame):
            guard take(frame) else { return }
            if frame.endStream { dispatch() }
        default: break
        }
    }

    private func begin(_ frame: HTTP2Frame.FramePayload.Headers) -> Bool {
        do {
            let head = try RequestHead.of(frame.headers)
            self.head = head
            answer = HTTP2Answer(isBodyless: head.method == .head)
            guard case .length(let length) = head.framing else { return true }
            guard length <= state.configuration.bodyBytesMax else {
                refuseBody()
                return false
            }
            body.reserveCapacity(min(length, 1_048_576))
            if head.expectsContinue, !frame.endStream {
                let fields: [(String, String)] = [(":status", "100")]
                context?.writeAndFlush(wrapOutboundOut(.headers(.init(headers: .init(fields)))), promise: nil)
            }
            return true
        } catch {
            state.metrics.refusals.add(1, ["malformed"])
            refuse(.malformed(error, version: "HTTP/2"))
            return false
        }
    }

    private func take(_ frame: HTTP2Frame.FramePayload.Data) -> Bool {
        guard case .byteBuffer(let buffer) = frame.data else { return true }
        guard body.count + buffer.readableBytes <= state.configuration.bodyBytesMax else {
            refuseBody()
            return false
        }
        body.append(contentsOf: buffer.readableBytesView)
        deadline = .now() + state.configuration.clientTimeout
        return true
    }

    private func refuseBody() {
        state.metrics.refusals.add(1, ["body_too_large"])
        refuse(.bodyTooLarge(state.configuration.bodyBytesMax))
    }

    private func dispatch() {
        guard let head else { return }
        hasRequest = true
        let body = self.body
        self.body = []
        let entry = state.entry(
            head, port: context?.channel.parent?.localAddress?.port ?? 0, connection.arrival)
        if let local = LocalAnswer.answer(head.pathText, head, state, entry, isAuthenticated: !state.asksWho) {
            write(
                HeadWriter.response(
                    status: local.status, type: "application/json", body: local.body, requestID: nil,
                    keepsAlive: true, isOldClient: false, isBodyless: head.method == .head))
            return end()
        }
        let exchange = Exchange(loopContext, front: self, head: head, body: body, id: loopContext.requestID(of: head))
        exchange.entry = entry
        exchange.record.isHTTP2 = true
        phase = .responding(exchange)
        exchange.start()
        // A client may begin with a window of nothing.
        if case .responding = phase, let context, !context.channel.isWritable { exchange.clientWritable(false) }
    }

    // Answering.

    func write(_ first: Span<UInt8>, _ second: Span<UInt8>) {
        var buffer = ByteBufferAllocator().buffer(capacity: first.count + second.count)
        unsafe first.withUnsafeBytes { unsafe _ = buffer.writeBytes($0) }
        unsafe second.withUnsafeBytes { unsafe _ = buffer.writeBytes($0) }
        send(buffer)
        context?.flush()
    }

    private func send(_ buffer: ByteBuffer) {
        guard let context, !answer.isComplete else { return }
        guard let parts = try? answer.take(buffer) else { return reset(.internalError) }
        if let head = parts.head {
            let isAll = parts.isEnd && parts.data == nil && parts.trailers == nil
            context.write(wrapOutboundOut(.headers(.init(headers: head, endStream: isAll))), promise: nil)
            if isAll { return }
        }
        guard parts.data != nil || parts.isEnd else { return }
        let isLast = parts.isEnd && parts.trailers == nil
        if parts.data != nil || isLast {
            let data = IOData.byteBuffer(parts.data ?? ByteBuffer())
            context.write(wrapOutboundOut(.data(.init(data: data, endStream: isLast))), promise: nil)
        }
        guard let trailers = parts.trailers else { return }
        context.write(wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: nil)
    }

    func exchangeEnded(_ exchange: Exchange, keepsAlive: Bool) {
        guard case .responding(let current) = phase, current === exchange else { return }
        end()
    }

    func exchangeBroke(_ exchange: Exchange) {
        guard case .responding(let current) = phase, current === exchange else { return }
        reset(.internalError)
    }

    /// Answers a request that is not read to its end.
    private func refuse(_ error: ClientError) {
        write(
            HeadWriter.response(
                status: error.status, type: "application/json", body: error.body, requestID: nil, keepsAlive: true,
                isOldClient: false, isBodyless: head?.method == .head))
        end()
    }

    /// The answer is written. A client that is still sending is told that nobody reads it (RFC 9113 §8.1).
    private func end() {
        guard answer.isComplete else { return reset(.internalError) }
        phase = .ended
        body = []
        // The client may be slow to take what is written, and is given the time that an engine has to go on.
        deadline = .now() + state.configuration.idleTimeout
        if !hasRequest { reset(.noError) }
    }

    private func reset(_ code: HTTP2ErrorCode) {
        phase = .ended
        context?.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
    }
}
