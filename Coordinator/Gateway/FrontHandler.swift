import HTTPWire
import NIOCore
import Observability
import Synchronization

/// One client connection: reads requests one after the other, hands each to an exchange, and writes its answer.
///
/// 1. One request at a time is under way; what the client sends meanwhile waits, and beyond `pipelinedBytesMax` it is
///    not read off the socket.
/// 2. An answer that refuses a request whose end was not read is followed by a close; what still comes is thrown away
///    for `lingerTimeout`, so that the client can read the answer before its connection is reset.
final class FrontHandler: ChannelInboundHandler, ExchangeFront, Ticking {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of further requests kept while one is under way.
    static let pipelinedBytesMax = 65_536
    static let lingerTimeout = TimeAmount.seconds(5)

    private enum Phase {
        case reading
        case responding(Exchange)
        case lingering(until: NIODeadline)
        case closed
    }

    private let loopContext: LoopContext
    private var context: ChannelHandlerContext?
    private var phase = Phase.reading
    private var reader = RequestReader()
    private var pending = ByteBuffer()
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var isProcessing = false
    /// Some of a head came, and its time runs.
    private var isInHead = false
    private var isReading = true
    private var deadline: NIODeadline

    private var state: GatewayState { loopContext.state }

    init(_ loopContext: LoopContext) {
        self.loopContext = loopContext
        deadline = .now() + loopContext.state.configuration.keepAliveTimeout
    }

    // The channel's life.

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopContext.timer.add(self)
        state.metrics.connections.add(1)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loopContext.timer.remove(self)
        state.metrics.connections.add(-1)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let phase = self.phase
        self.phase = .closed
        if case .responding(let exchange) = phase { exchange.cancel() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .responding(let exchange) = phase { exchange.clientWritable(context.channel.isWritable) }
    }

    func tick(_ now: NIODeadline) {
        switch phase {
        case .reading:
            let isIdle = reader.isBetweenRequests && pending.readableBytes == 0
            if now >= deadline || (isIdle && state.isDraining.load(ordering: .relaxed)) { timedOut() }
        case .responding(let exchange): exchange.tick(now)
        case .lingering(let until): if now >= until { context?.close(promise: nil) }
        case .closed: break
        }
    }

    private func timedOut() {
        let isIdle = reader.isBetweenRequests && pending.readableBytes == 0
        guard !isIdle else {
            context?.close(promise: nil)
            return
        }
        reject(ClientError(408, "request_failed", "The request did not arrive completely in time; send it again."))
    }

    // Reading.

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        switch phase {
        case .lingering, .closed: return
        case .reading, .responding: break
        }
        if pending.readableBytes == 0 { pending = buffer } else { pending.writeBuffer(&buffer) }
        if case .responding = phase {
            if pending.readableBytes > Self.pipelinedBytesMax { setReading(false) }
            return
        }
        process()
    }

    /// Goes through what was read, as far as requests may be begun.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        while case .reading = phase {
            do {
                guard try step() else { break }
            } catch {
                switch error {
                case .violation(let violation):
                    state.metrics.refusals.add(1, ["malformed"])
                    reject(
                        ClientError(
                            violation.status, "request_failed",
                            "The request \(violation.reason); send one well-formed HTTP/1.1 request."))
                case .refusal(let refusal): reject(refusal)
                }
                return
            }
        }
        if case .reading = phase, pending.readableBytes <= Self.pipelinedBytesMax { setReading(true) }
    }

    private enum StepError: Error {
        case violation(HTTPViolation)
        case refusal(ClientError)
    }

    /// Takes one event of the request being read; false when more bytes are needed.
    private func step() throws(StepError) -> Bool {
        var position = 0
        let event: RequestReader.Event?
        let pending = self.pending
        do {
            event = try reader.next(in: pending.readableBytesUInt8Span, from: &position)
        } catch {
            throw .violation(error)
        }
        switch event {
        case nil:
            self.pending.moveReaderIndex(forwardBy: position)
            if self.pending.readableBytes == 0 { self.pending = ByteBuffer() }
            waitForMore()
            return false
        case .head(let head):
            self.pending.moveReaderIndex(forwardBy: position)
            try begin(head)
        case .body(let range):
            let count = body.count + range.count
            guard count <= state.configuration.bodyBytesMax else { throw tooLarge() }
            unsafe pending.readableBytesUInt8Span.extracting(range).withUnsafeBufferPointer {
                unsafe body.append(contentsOf: $0)
            }
            self.pending.moveReaderIndex(forwardBy: position)
        case .end:
            self.pending.moveReaderIndex(forwardBy: position)
            dispatch()
        }
        return true
    }

    /// Until when the next bytes have to come. A head has to be complete in the time that begins with its first byte,
    /// or a client could hold a connection with a byte now and then; of a body each piece has its own time.
    private func waitForMore() {
        let configuration = state.configuration
        guard reader.isBetweenRequests else {
            deadline = .now() + configuration.clientTimeout
            return
        }
        if pending.readableBytes == 0 {
            deadline = .now() + configuration.keepAliveTimeout
        } else if !isInHead {
            isInHead = true
            deadline = .now() + configuration.clientTimeout
        }
    }

    private func tooLarge() -> StepError {
        state.metrics.refusals.add(1, ["body_too_large"])
        return .refusal(.bodyTooLarge(state.configuration.bodyBytesMax))
    }

    private func begin(_ head: RequestHead) throws(StepError) {
        self.head = head
        isInHead = false
        body = []
        if case .length(let length) = head.framing {
            guard length <= state.configuration.bodyBytesMax else { throw tooLarge() }
            body.reserveCapacity(min(length, 1_048_576))
        }
        if head.expectsContinue, head.framing != .none, pending.readableBytes == 0 {
            write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        }
    }

    private func dispatch() {
        guard let head else { return }
        self.head = nil
        let body = self.body
        self.body = []
        let path = head.pathText
        let entry = state.entry(head, port: context?.channel.localAddress?.port ?? 0)
        if let local = LocalAnswer.answer(path, head, state, entry, isAuthenticated: !state.asksWho) {
            let keepsAlive = head.keepsAlive && !state.isDraining.load(ordering: .relaxed)
            write(
                ByteBuffer(
                    bytes: HeadWriter.response(
                        status: local.status, type: "application/json", body: local.body, requestID: nil,
                        keepsAlive: keepsAlive, isOldClient: head.isOld, isBodyless: head.method == .head)))
            if !keepsAlive { closeAfterAnswer() }
            return
        }
        let exchange = Exchange(loopContext, front: self, head: head, body: body, id: loopContext.requestID(of: head))
        exchange.entry = entry
        phase = .responding(exchange)
        exchange.start()
    }

    private func setReading(_ isWanted: Bool) {
        guard isWanted != isReading, let context else { return }
        isReading = isWanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: isWanted)
        if isWanted { context.read() }
    }

    // Answering.

    func write(_ buffer: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }

    /// Writes with the next flush.
    func writeLater(_ buffer: ByteBuffer) { context?.write(wrapOutboundOut(buffer), promise: nil) }

    func flush() { context?.flush() }

    /// The exchange's answer is written; the next request may begin.
    func exchangeEnded(_ exchange: Exchange, keepsAlive: Bool) {
        guard case .responding(let current) = phase, current === exchange else { return }
        guard keepsAlive else { return closeAfterAnswer() }
        phase = .reading
        deadline = .now() + state.configuration.keepAliveTimeout
        process()
    }

    /// The exchange's answer broke off in the middle.
    func exchangeBroke(_ exchange: Exchange) {
        guard case .responding(let current) = phase, current === exchange else { return }
        phase = .closed
        context?.close(promise: nil)
    }

    /// Answers a request that cannot be read to its end.
    private func reject(_ error: ClientError) {
        let isOld = head?.isOld ?? false
        write(
            ByteBuffer(
                bytes: HeadWriter.response(
                    status: error.status, type: "application/json", body: error.body, requestID: nil, keepsAlive: false,
                    isOldClient: isOld)))
        closeAfterAnswer()
    }

    /// Sends our end of the connection and waits for the client's.
    private func closeAfterAnswer() {
        phase = .lingering(until: .now() + state.configuration.idleTimeout)
        pending = ByteBuffer()
        body = []
        setReading(true)
        guard let context else { return }
        // Lingering counts from the moment the answer is out, however slowly the client takes it.
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            if let self, case .lingering = self.phase { self.phase = .lingering(until: .now() + Self.lingerTimeout) }
        }
        context.close(mode: .output, promise: sent)
    }
}
