import HTTPWire
import NIOCore
import Observability
import Sockets
import Synchronization

/// One client connection: reads requests one after the other, hands each to an exchange, and writes its answer.
///
/// 1. One request at a time is under way; what the client sends meanwhile waits, and beyond `pipelinedBytesMax` it is
///    not read off the socket.
/// 2. An answer that refuses a request whose end was not read is followed by a close; what still comes is thrown away
///    for `lingerTimeout`, so that the client can read the answer before its connection is reset.
final class FrontHandler: SocketHandler, ExchangeFront, Ticking {
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
    private let stream: any ByteStream
    private let arrival: Arrival
    private let port: Int
    private var phase = Phase.reading
    private var reader = RequestReader()
    private var pending: [UInt8] = []
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var isProcessing = false
    /// Some of a head came, and its time runs.
    private var isInHead = false
    /// A head of this connection was read.
    private var hasServed = false
    private var deadline: NIODeadline

    private var state: GatewayState { loopContext.state }

    /// Serves the connection from now on; the stream keeps the handler.
    init(_ loopContext: LoopContext, _ stream: any ByteStream, _ arrival: Arrival = Arrival()) {
        self.loopContext = loopContext
        self.stream = stream
        self.arrival = arrival
        port = stream.localPort
        deadline = .now() + loopContext.state.configuration.keepAliveTimeout
        loopContext.timer.add(self)
        state.connections.add(1, ordering: .relaxed)
        state.metrics.connections.add(1)
        stream.start(self)
    }

    // The connection's life.

    func closed(_ error: SocketError?) {
        leave()
        let phase = self.phase
        self.phase = .closed
        if case .responding(let exchange) = phase { exchange.cancel() }
    }

    private func leave() {
        loopContext.timer.remove(self)
        state.connections.subtract(1, ordering: .relaxed)
        state.metrics.connections.add(-1)
    }

    func writable(_ isWritable: Bool) {
        if case .responding(let exchange) = phase { exchange.clientWritable(isWritable) }
    }

    func tick(_ now: NIODeadline) {
        switch phase {
        case .reading:
            let isIdle = reader.isBetweenRequests && pending.isEmpty
            if state.isCuttingOff.load(ordering: .relaxed), !isIdle { return reject(.shuttingDown) }
            if now >= deadline || (isIdle && state.isDraining.load(ordering: .relaxed)) { timedOut() }
        case .responding(let exchange):
            if state.isCuttingOff.load(ordering: .relaxed) { exchange.cutOff() } else { exchange.tick(now) }
        case .lingering(let until):
            if now >= until || state.isCuttingOff.load(ordering: .relaxed) { stream.close() }
        case .closed: break
        }
    }

    private func timedOut() {
        guard !(reader.isBetweenRequests && pending.isEmpty) else { return stream.close() }
        reject(.tooSlow)
    }

    /// Bytes that wait for the client's socket to take them.
    var heldBytes: Int { stream.heldBytes }

    // Reading.

    func received(_ bytes: Span<UInt8>) {
        switch phase {
        case .lingering, .closed: return
        case .responding:
            pending.append(span: bytes)
            if pending.count > Self.pipelinedBytesMax { stream.setReading(false) }
        case .reading:
            guard pending.isEmpty else {
                pending.append(span: bytes)
                return processPending()
            }
            let used = process(bytes)
            if used < bytes.count { pending.append(span: bytes.extracting(used..<bytes.count)) }
            readingEnded()
        }
    }

    private func processPending() {
        guard !isProcessing else { return }
        let bytes = pending
        pending = []
        let used = process(bytes.span)
        if used < bytes.count { pending = used == 0 ? bytes : Array(bytes[used...]) }
        readingEnded()
    }

    /// Goes through what was read, as far as requests may be begun; how many bytes were used.
    private func process(_ bytes: Span<UInt8>) -> Int {
        isProcessing = true
        defer { isProcessing = false }
        var position = 0
        while case .reading = phase {
            do {
                guard try step(bytes, &position) else { break }
            } catch {
                switch error {
                case .violation(let violation):
                    if violation == .unsupportedVersion, handsOver(bytes) { return bytes.count }
                    state.metrics.refusals.add(1, ["malformed"])
                    reject(.malformed(violation))
                case .refusal(let refusal): reject(refusal)
                }
            }
        }
        switch phase {
        case .reading, .responding: return position
        case .lingering, .closed: return bytes.count
        }
    }

    /// What was read is gone through; what is left waits for more, or for the end of the exchange.
    private func readingEnded() {
        guard case .reading = phase else { return }
        waitForMore()
        if pending.count <= Self.pipelinedBytesMax { stream.setReading(true) }
    }

    private enum StepError: Error {
        case violation(HTTPViolation)
        case refusal(ClientError)
    }

    /// Takes one event of the request being read; false when more bytes are needed.
    private func step(_ bytes: Span<UInt8>, _ position: inout Int) throws(StepError) -> Bool {
        let event: RequestReader.Event?
        do {
            event = try reader.next(in: bytes, from: &position)
        } catch {
            throw .violation(error)
        }
        switch event {
        case nil: return false
        case .head(let head): try begin(head, isLast: position == bytes.count)
        case .body(let range):
            guard body.count + range.count <= state.configuration.bodyBytesMax else { throw tooLarge() }
            body.append(span: bytes.extracting(range))
        case .end: dispatch()
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
        if pending.isEmpty {
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

    /// `isLast`: nothing of the body came with the head.
    private func begin(_ head: RequestHead, isLast: Bool) throws(StepError) {
        self.head = head
        hasServed = true
        isInHead = false
        body = []
        if case .length(let length) = head.framing {
            guard length <= state.configuration.bodyBytesMax else { throw tooLarge() }
            body.reserveCapacity(min(length, 1_048_576))
        }
        if head.expectsContinue, head.framing != .none, isLast {
            write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
    }

    private func dispatch() {
        guard let head else { return }
        self.head = nil
        let body = self.body
        self.body = []
        let path = head.pathText
        let entry = state.entry(head, port: port, arrival)
        if let local = LocalAnswer.answer(path, head, state, entry, isAuthenticated: !state.asksWho) {
            let keepsAlive = head.keepsAlive && !state.isDraining.load(ordering: .relaxed)
            write(
                HeadWriter.response(
                    status: local.status, type: "application/json", body: local.body, requestID: nil,
                    keepsAlive: keepsAlive, isOldClient: head.isOld, isBodyless: head.method == .head))
            if !keepsAlive { closeAfterAnswer() }
            return
        }
        let exchange = Exchange(loopContext, front: self, head: head, body: body, id: loopContext.requestID(of: head))
        exchange.entry = entry
        phase = .responding(exchange)
        exchange.start()
    }

    /// Leaves a connection that begins as one of HTTP/2 does to that protocol; false where it does not.
    private func handsOver(_ bytes: Span<UInt8>) -> Bool {
        guard !hasServed, HTTP2Connection.begins(with: bytes) else { return false }
        phase = .closed
        leave()
        stream.speakHTTP2(bytes.copied, loopContext, arrival)
        return true
    }

    // Answering.

    func write(_ first: Span<UInt8>, _ second: Span<UInt8>) { stream.write(first, second) }

    /// The exchange's answer is written; the next request may begin.
    func exchangeEnded(_ exchange: Exchange, keepsAlive: Bool) {
        guard case .responding(let current) = phase, current === exchange else { return }
        guard keepsAlive else { return closeAfterAnswer() }
        phase = .reading
        deadline = .now() + state.configuration.keepAliveTimeout
        guard !pending.isEmpty else { return stream.setReading(true) }
        processPending()
    }

    /// The exchange's answer broke off in the middle.
    func exchangeBroke(_ exchange: Exchange) {
        guard case .responding(let current) = phase, current === exchange else { return }
        phase = .closed
        stream.close()
    }

    /// Answers a request that cannot be read to its end.
    private func reject(_ error: ClientError) {
        let isOld = head?.isOld ?? false
        write(
            HeadWriter.response(
                status: error.status, type: "application/json", body: error.body, requestID: nil, keepsAlive: false,
                isOldClient: isOld))
        closeAfterAnswer()
    }

    /// Sends our end of the connection and waits for the client's.
    private func closeAfterAnswer() {
        phase = .lingering(until: .now() + state.configuration.idleTimeout)
        pending = []
        body = []
        stream.setReading(true)
        // Lingering counts from the moment the answer is out, however slowly the client takes it.
        stream.finishWriting { [weak self] in
            if let self, case .lingering = self.phase { self.phase = .lingering(until: .now() + Self.lingerTimeout) }
        }
    }
}
