import HTTPWire
import NIOCore
import Routing

/// The leg whose response goes to the client as it comes.
///
/// 1. Bytes pass as they are wherever the client can take the engine's own framing.
/// 2. While the client's socket is full nothing is read from the engine.
/// 3. The head of an answer that has a body waits for the body's first bytes; until then the answer may still come from
///    another engine. Once something was sent, this leg's answer is the only one.
final class AnswerLeg: UpstreamLeg {
    /// Final bytes of a response that are searched for its usage.
    private static let tailBytesMax = 4_096
    /// First bytes of a response that are searched for its usage where that may stand there.
    private static let beginningBytesMax = 2_048
    private static let headBytesTypical = 320

    /// How body bytes become the client's.
    private enum Mode {
        /// As they came, framing included.
        case raw
        /// The data alone; the connection's end ends it.
        case data
        /// The data in chunks of ours.
        case chunks
    }

    let endpoint: Endpoint
    let prefill: Endpoint?
    private var exchange: Exchange?
    private let request: UpstreamRequest
    private var connection: UpstreamConnection?
    /// What goes out with the next bytes of the engine or when there are none: the client's head, framing of ours.
    private var held: [UInt8] = []
    private var mode = Mode.raw
    private var filter: UsageEventFilter?
    /// First bytes of an answer that may tell its usage there.
    private var beginning: [UInt8] = []
    private var tail: [UInt8] = []
    private var isChunkedUpstream = false
    private var isAligned = true
    private var head: ResponseHead?
    /// Some of the answer was sent to the client.
    private(set) var isCommitted = false
    /// Some of the answer's body came.
    private(set) var hasProduced = false
    private var hasMoved = false
    private var count: StreamTokenCount?
    private var keepsAlive = false
    private var isRepeated = false
    private var isPaused = false
    private var deadline: NIODeadline
    private let tryDeadline: NIODeadline

    init(
        _ exchange: Exchange, _ request: UpstreamRequest, endpoint: Endpoint, prefill: Endpoint?, headTimeout: Duration
    ) {
        self.exchange = exchange
        self.request = request
        self.endpoint = endpoint
        self.prefill = prefill
        let now = NIODeadline.now()
        tryDeadline = exchange.configuration.tryTimeout.map { now + $0 } ?? .distantFuture
        deadline = min(now + headTimeout, tryDeadline)
    }

    func start() {
        guard let exchange else { return }
        exchange.context.pool.send(request, for: self)
    }

    /// Cuts the engine off: the client is gone or got its answer.
    func cancel() {
        if let exchange { tellTokens(exchange) }
        exchange = nil
        connection?.abandon()
        connection = nil
    }

    /// Cancels unless something went to the client; whether it did cancel.
    func retract() -> Bool {
        if isCommitted { return false }
        cancel()
        return true
    }

    func tick(_ now: NIODeadline) {
        if now >= deadline { giveUp(isPaused ? .clientStalled : .timeout) }
    }

    /// Ends it as if this had happened.
    func giveUp(_ failure: UpstreamFailure) {
        guard let exchange else { return }
        connection?.abandon()
        connection = nil
        self.exchange = nil
        end(exchange, failure)
    }

    /// The answer will not come to its end.
    private func end(_ exchange: Exchange, _ failure: UpstreamFailure) {
        guard isCommitted else { return exchange.answerFailed(self, failure) }
        tellTokens(exchange)
        exchange.breakOff(failure)
    }

    /// Some of the answer came since this was asked last.
    func takeMoved() -> Bool {
        defer { hasMoved = false }
        return hasMoved
    }

    /// What a stream cost that ends without its usage.
    private func tellTokens(_ exchange: Exchange) {
        if exchange.record.usage == nil, let count, count.tokens > 0 { exchange.record.countedTokens = count.tokens }
    }

    func clientWritable(_ isWritable: Bool) {
        isPaused = !isWritable
        if let exchange { deadline = .now() + exchange.configuration.idleTimeout }
        connection?.setReading(isWritable)
    }

    func legConnected(_ connection: UpstreamConnection) {
        guard exchange != nil else { return connection.abandon() }
        self.connection = connection
        if request.isLate { exchange?.record.transferDropped = true }
    }

    func legHead(_ head: ResponseHead) {
        guard let exchange else { return }
        let isMissingAdapter =
            head.status == 404 && exchange.record.match?.isAdapter == true
            && exchange.attemptCount < exchange.attemptsMax
        // Of a pair the decode engine may fail at what it should have got from the other.
        let isPairFailure = prefill != nil && head.status >= 500
        let isUnavailable =
            UpstreamFailure.isRetried(status: head.status) && exchange.server?.isExternal == false || isPairFailure
        if isUnavailable || isMissingAdapter {
            self.exchange = nil
            connection?.abandon()
            connection = nil
            return exchange.answerFailed(self, .refused(status: head.status))
        }
        self.head = head
        deadline = min(.now() + exchange.configuration.idleTimeout, tryDeadline)
        if exchange.countsTokens, head.status == 200, head.mediaType == "text/event-stream" {
            count = StreamTokenCount()
        }
        if head.status == 200, exchange.bodies?.asksForUsage == true, head.mediaType == "text/event-stream" {
            filter = UsageEventFilter()
        }
        let style = style(for: head, exchange)
        held.reserveCapacity(Self.headBytesTypical)
        HeadWriter.response(head, requestID: exchange.record.id, style: style, into: &held)
    }

    /// Sends the engine's bytes as they are, behind what is held.
    private func relay(_ wire: Span<UInt8>) {
        commit()
        let held = self.held
        self.held = []
        exchange?.front?.write(held.span, wire)
    }

    /// From here on nobody else answers.
    private func commit() {
        guard !isCommitted, let exchange, let head else { return }
        isCommitted = true
        exchange.answerBegan(self, head)
    }

    private func flush() {
        guard !held.isEmpty, isCommitted || head?.framing == BodyFraming.none else { return }
        relay(Span())
    }

    private func style(for head: ResponseHead, _ exchange: Exchange) -> HeadWriter.ResponseStyle {
        let isOld = exchange.head.isOld
        var framing = head.framing
        switch head.framing {
        case .none: break
        case .length:
            if filter != nil {
                mode = isOld ? .data : .chunks
                framing = isOld ? .untilClose : .chunked
            }
        case .chunked:
            if isOld {
                mode = .data
                framing = .untilClose
            } else if filter != nil {
                mode = .chunks
            }
        case .untilClose:
            mode = isOld ? .data : .chunks
            framing = isOld ? .untilClose : .chunked
        }
        isChunkedUpstream = head.framing == .chunked
        keepsAlive = exchange.keepsClientAlive && framing != .untilClose
        return HeadWriter.ResponseStyle(framing: framing, keepsAlive: keepsAlive, isOldClient: isOld)
    }

    func legBody(_ wire: Span<UInt8>, data: [Range<Int>], isBetweenChunks: Bool, isLast: Bool) {
        guard let exchange else { return }
        deadline = .now() + exchange.configuration.idleTimeout
        hasMoved = true
        if !hasProduced, !data.isEmpty {
            hasProduced = true
            exchange.answerProduces()
        }
        if count != nil {
            for range in data { count?.take(wire.extracting(range)) }
        }
        let wasAligned = isAligned
        isAligned = isBetweenChunks
        if mode == .raw {
            keepTail(wire)
            return relay(wire)
        }
        if let filter, mode == .chunks, isChunkedUpstream, wasAligned, isBetweenChunks, !isLast,
            passesWhole(filter, wire, data)
        {
            return relay(wire)
        }
        keepTail(wire)
        var output: [UInt8] = []
        for range in data {
            let piece = wire.extracting(range)
            if filter == nil { output += piece.copied } else { filter?.filter(piece, into: &output) }
        }
        emit(output)
    }

    private func emit(_ output: [UInt8]) {
        guard !output.isEmpty else { return }
        commit()
        if mode == .chunks { held.append(contentsOf: (String(output.count, radix: 16) + "\r\n").utf8) }
        held.append(contentsOf: output)
        if mode == .chunks { held.append(contentsOf: "\r\n".utf8) }
    }

    /// Nothing of the data has to be taken out.
    private func passesWhole(_ filter: UsageEventFilter, _ wire: Span<UInt8>, _ data: [Range<Int>]) -> Bool {
        for range in data where !filter.passesWhole(wire.extracting(range)) { return false }
        return true
    }

    private func keepTail(_ wire: Span<UInt8>) {
        if exchange?.surface.tellsUsageFirst == true, beginning.count < Self.beginningBytesMax {
            beginning.append(span: wire.extracting(0..<min(wire.count, Self.beginningBytesMax - beginning.count)))
        }
        let kept = min(wire.count, Self.tailBytesMax)
        if tail.count + kept > 2 * Self.tailBytesMax {
            tail.removeFirst(max(0, tail.count - (Self.tailBytesMax - kept)))
        }
        tail.append(span: wire.extracting(wire.count - kept..<wire.count))
    }

    func legReadComplete() { flush() }

    func legEnded() {
        connection = nil
        guard let exchange else { return }
        guard head != nil else {
            self.exchange = nil
            return exchange.answerFailed(self, .closed)
        }
        commit()
        var rest: [UInt8] = []
        filter?.finish(into: &rest)
        emit(rest)
        if mode == .chunks { held.append(contentsOf: "0\r\n\r\n".utf8) }
        if exchange.record.status == 200 {
            let tail = self.tail
            let beginning = self.beginning
            exchange.record.usage = filter?.usage ?? Usage.ofAnyInterface(start: beginning.span, end: tail.span)
        }
        tellTokens(exchange)
        flush()
        self.exchange = nil
        exchange.succeed(keepsAlive: keepsAlive)
    }

    func legFailed(_ failure: UpstreamFailure) {
        let isStale = connection?.isStale(after: failure) == true
        connection = nil
        guard let exchange else { return }
        if isStale && !isRepeated && exchange.isReplayable {
            isRepeated = true
            exchange.context.pool.send(request, for: self, isFresh: true)
        } else {
            flush()
            self.exchange = nil
            end(exchange, failure)
        }
    }
}
