import HTTPWire
import NIOCore
import Sockets

/// One connection to an engine: idle in its loop's pool, or busy with one leg.
///
/// 1. A connection is in the pool's idle list exactly while it is idle and open.
/// 2. A leg gets its end or its failure once, and nothing after it.
/// 3. Callbacks may close or reuse this connection, so state is settled before each of them.
final class UpstreamConnection: SocketHandler {
    let lane: UpstreamLane
    private let pool: UpstreamPool
    private let stream: any ByteStream
    private var leg: (any UpstreamLeg)?
    private var reader = ResponseReader()
    /// Bytes of a message's part that is not complete yet.
    private var pending: [UInt8] = []
    private var ranges: [Range<Int>] = []
    private var keepsAlive = true
    /// It carried a request before the one it carries now, so the engine may have closed it meanwhile.
    private var wasReused = false
    /// The engine sent something for the present leg.
    private var hasAnswered = false
    private(set) var idleSince = NIODeadline.now()

    init(_ stream: any ByteStream, _ lane: UpstreamLane, pool: UpstreamPool) {
        self.stream = stream
        self.lane = lane
        self.pool = pool
        stream.start(self)
    }

    var isOpen: Bool { stream.isOpen }

    /// The engine closed the idle connection just as it was used, which says nothing about the engine.
    func isStale(after failure: UpstreamFailure) -> Bool { wasReused && !hasAnswered && failure == .closed }

    func send(_ request: UpstreamRequest, for leg: any UpstreamLeg) {
        self.leg = leg
        reader = ResponseReader(isBodyless: request.isBodyless)
        pending = []
        keepsAlive = false
        hasAnswered = false
        if request.isLate, let late = request.late {
            stream.write(late.head.span, late.body.span)
        } else {
            stream.write(request.head.span, request.body.span)
        }
    }

    /// Ends the exchange without telling the leg: nobody wants the answer any more.
    func abandon() {
        leg = nil
        stream.close()
    }

    /// Stops or resumes reading, so that a slow client's bytes wait at the engine and not here.
    func setReading(_ isWanted: Bool) { stream.setReading(isWanted) }

    func writable(_ isWritable: Bool) {}

    func received(_ bytes: Span<UInt8>) {
        // Bytes that nobody asked for end the connection.
        guard leg != nil else { return stream.close() }
        hasAnswered = true
        do {
            if pending.isEmpty {
                try read(bytes)
            } else {
                var joined = pending
                pending = []
                joined.append(span: bytes)
                try read(joined.span)
            }
        } catch {
            fail(.violation(error))
        }
        leg?.legReadComplete()
    }

    private func read(_ bytes: Span<UInt8>) throws(HTTPViolation) {
        var position = 0
        var head: ResponseHead?
        var bodyStart: Int?
        var isEnded = false
        ranges.removeAll(keepingCapacity: true)
        if reader.isInBody { bodyStart = 0 }
        reading: while let event = try reader.next(in: bytes, from: &position) {
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
        if position < bytes.count { pending = bytes.extracting(position..<bytes.count).copied }
        guard let leg else { return }
        if let head {
            keepsAlive = head.keepsAlive
            leg.legHead(head)
            guard self.leg === leg else { return }
        }
        if let bodyStart, position > bodyStart {
            let wire = bytes.extracting(bodyStart..<position)
            leg.legBody(wire, data: ranges, isBetweenChunks: reader.isBetweenChunks, isLast: isEnded)
            guard self.leg === leg else { return }
        }
        if isEnded {
            self.leg = nil
            retire()
            leg.legEnded()
        }
    }

    /// Back to the pool when it can carry another request, else closed.
    private func retire() {
        if keepsAlive, pending.isEmpty, isOpen {
            wasReused = true
            idleSince = .now()
            stream.setReading(true)
            pool.putBack(self)
        } else {
            stream.close()
        }
    }

    private func fail(_ failure: UpstreamFailure) {
        let leg = self.leg
        self.leg = nil
        stream.close()
        leg?.legFailed(failure)
    }

    func closed(_ error: SocketError?) {
        pool.closed(self)
        guard let leg else { return }
        self.leg = nil
        if error == nil, reader.endsWithConnection {
            leg.legEnded()
        } else {
            leg.legFailed(.closed)
        }
    }
}

extension Range<Int> {
    func offset(by amount: Int) -> Range<Int> { lowerBound + amount..<upperBound + amount }
}

extension [UInt8] {
    mutating func append(span bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
