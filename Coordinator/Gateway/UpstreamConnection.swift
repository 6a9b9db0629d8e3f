import HTTPWire
import NIOCore

/// One connection to an engine: idle in its loop's pool, or busy with one leg.
///
/// 1. A connection is in the pool's idle list exactly while it is idle and open.
/// 2. A leg gets its end or its failure once, and nothing after it.
/// 3. Callbacks may close or reuse this connection, so state is settled before each of them.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let lane: UpstreamLane
    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private var leg: (any UpstreamLeg)?
    private var reader = ResponseReader()
    private var pending: ByteBuffer?
    private var ranges: [Range<Int>] = []
    private var keepsAlive = true
    private var isReading = true
    private var failure: UpstreamFailure?
    /// It carried a request before the one it carries now, so the engine may have closed it meanwhile.
    private(set) var wasReused = false
    /// The engine sent something for the present leg.
    private(set) var hasAnswered = false
    private(set) var idleSince = NIODeadline.now()

    init(_ lane: UpstreamLane, pool: UpstreamPool) {
        self.lane = lane
        self.pool = pool
    }

    var isOpen: Bool { context?.channel.isActive ?? false }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ request: UpstreamRequest, for leg: any UpstreamLeg) {
        self.leg = leg
        reader = ResponseReader(isBodyless: request.isBodyless)
        pending = nil
        keepsAlive = false
        hasAnswered = false
        let bytes = request.isLate ? request.late?.bytes ?? request.bytes : request.bytes
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Ends the exchange without telling the leg: nobody wants the answer any more.
    func abandon() {
        leg = nil
        context?.close(promise: nil)
    }

    /// Stops or resumes reading, so that a slow client's bytes wait at the engine and not here.
    func setReading(_ isWanted: Bool) {
        guard isWanted != isReading, let context else { return }
        isReading = isWanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: isWanted)
        if isWanted { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard leg != nil else {
            // Bytes that nobody asked for.
            context.close(promise: nil)
            return
        }
        hasAnswered = true
        var buffer = unwrapInboundIn(data)
        if var earlier = pending {
            earlier.writeBuffer(&buffer)
            buffer = earlier
            pending = nil
        }
        do {
            try read(buffer)
        } catch {
            fail(.violation(error))
        }
    }

    private func read(_ buffer: ByteBuffer) throws(HTTPViolation) {
        var position = 0
        var head: ResponseHead?
        var bodyStart: Int?
        var isEnded = false
        ranges.removeAll(keepingCapacity: true)
        if reader.isInBody { bodyStart = 0 }
        reading: while let event = try reader.next(in: buffer.readableBytesUInt8Span, from: &position) {
            switch event {
            case .head(let parsed):
                head = parsed
                bodyStart = position
            case .body(let range): ranges.append(range.offset(by: -(bodyStart ?? 0)))
            case .end:
                isEnded = true
                break reading
            }
        }
        var wire: ByteBuffer?
        if let bodyStart, position > bodyStart {
            wire = buffer.getSlice(at: buffer.readerIndex + bodyStart, length: position - bodyStart)
        }
        if position < buffer.readableBytes {
            pending = buffer.getSlice(at: buffer.readerIndex + position, length: buffer.readableBytes - position)
        }
        deliver(head, wire, isEnded: isEnded)
    }

    private func deliver(_ head: ResponseHead?, _ wire: ByteBuffer?, isEnded: Bool) {
        guard let leg else { return }
        if let head {
            keepsAlive = head.keepsAlive
            leg.legHead(head)
            guard self.leg === leg else { return }
        }
        if let wire {
            leg.legBody(wire, data: ranges, isBetweenChunks: reader.isBetweenChunks, isLast: isEnded)
            guard self.leg === leg else { return }
        }
        if isEnded {
            self.leg = nil
            retire()
            leg.legEnded()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { leg?.legReadComplete() }

    /// Back to the pool when it can carry another request, else closed.
    private func retire() {
        if keepsAlive, pending == nil, isOpen {
            wasReused = true
            idleSince = .now()
            setReading(true)
            pool.putBack(self)
        } else {
            context?.close(promise: nil)
        }
    }

    private func fail(_ failure: UpstreamFailure) {
        let leg = self.leg
        self.leg = nil
        context?.close(promise: nil)
        leg?.legFailed(failure)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = .closed
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.closed(self)
        guard let leg else { return }
        self.leg = nil
        if failure == nil, reader.endsWithConnection {
            leg.legEnded()
        } else {
            leg.legFailed(failure ?? .closed)
        }
    }
}

extension Range<Int> {
    func offset(by amount: Int) -> Range<Int> { lowerBound + amount..<upperBound + amount }
}
