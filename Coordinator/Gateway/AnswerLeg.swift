import HTTPWire
import NIOCore
import Routing

/// The leg whose response goes to the client as it comes.
///
/// 1. Bytes pass as they are wherever the client can take the engine's own framing.
/// 2. While the client's socket is full nothing is read from the engine.
final class AnswerLeg: UpstreamLeg {
    /// Final bytes of a response that are searched for its usage.
    private static let tailBytesMax = 4_096
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
    private var tail: [UInt8] = []
    private var isChunkedUpstream = false
    private var isAligned = true
    private var hasHead = false
    private var hasBody = false
    private var keepsAlive = false
    private var isRepeated = false
    private var isPaused = false
    private var deadline: NIODeadline

    init(
        _ exchange: Exchange, _ request: UpstreamRequest, endpoint: Endpoint, prefill: Endpoint?, headTimeout: Duration
    ) {
        self.exchange = exchange
        self.request = request
        self.endpoint = endpoint
        self.prefill = prefill
        deadline = .now() + headTimeout
    }

    func start() {
        guard let exchange else { return }
        exchange.context.pool.send(request, for: self)
    }

    /// Cuts the engine off: the client is gone or got its answer.
    func cancel() {
        exchange = nil
        connection?.abandon()
        connection = nil
    }

    func tick(_ now: NIODeadline) {
        guard now >= deadline, let exchange else { return }
        connection?.abandon()
        connection = nil
        self.exchange = nil
        if hasHead { exchange.breakOff(.timeout) } else { exchange.answerFailed(self, .timeout) }
    }

    func clientWritable(_ isWritable: Bool) {
        isPaused = !isWritable
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
        let isUnavailable = head.status == 503 && exchange.server?.isExternal == false
        if isUnavailable || isMissingAdapter {
            self.exchange = nil
            connection?.abandon()
            connection = nil
            return exchange.answerFailed(self, .refused(status: head.status))
        }
        hasHead = true
        deadline = .now() + exchange.configuration.idleTimeout
        exchange.answerBegan(self, head)
        if head.status == 200, exchange.bodies?.asksForUsage == true, head.mediaType == "text/event-stream" {
            filter = UsageEventFilter()
        }
        let style = style(for: head, exchange)
        held.reserveCapacity(Self.headBytesTypical)
        HeadWriter.response(head, requestID: exchange.record.id, style: style, into: &held)
    }

    /// Sends the engine's bytes as they are, behind what is held.
    private func relay(_ wire: Span<UInt8>) {
        let held = self.held
        self.held = []
        exchange?.front?.write(held.span, wire)
    }

    private func flush() { if !held.isEmpty { relay(Span()) } }

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
        if !hasBody, !data.isEmpty {
            hasBody = true
            exchange.answerProduces()
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
        guard hasHead else {
            self.exchange = nil
            return exchange.answerFailed(self, .closed)
        }
        var rest: [UInt8] = []
        filter?.finish(into: &rest)
        emit(rest)
        if mode == .chunks { held.append(contentsOf: "0\r\n\r\n".utf8) }
        if exchange.record.status == 200 {
            let tail = self.tail
            exchange.record.usage = filter?.usage ?? Usage.lastOfAnyInterface(in: tail.span)
        }
        flush()
        self.exchange = nil
        exchange.succeed(keepsAlive: keepsAlive)
    }

    func legFailed(_ failure: UpstreamFailure) {
        let isStale = connection?.wasReused == true && connection?.hasAnswered == false && failure == .closed
        connection = nil
        guard let exchange else { return }
        if hasHead {
            flush()
            self.exchange = nil
            exchange.breakOff(failure)
        } else if isStale && !isRepeated {
            // The engine closed an idle connection just as it was used: that says nothing about the engine.
            isRepeated = true
            exchange.context.pool.send(request, for: self, isFresh: true)
        } else {
            self.exchange = nil
            exchange.answerFailed(self, failure)
        }
    }
}
