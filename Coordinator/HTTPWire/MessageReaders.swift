/// Reads the requests of one connection, one after the other, from bytes that arrive piece by piece.
package struct RequestReader: Sendable {
    /// One step through a message.
    package enum Event: Sendable {
        case head(RequestHead)
        /// Data of the body, as a range of the bytes given.
        case body(Range<Int>)
        /// The request is complete.
        case end
    }

    private enum State: Sendable {
        case head
        case body(BodyScanner)
    }

    private var finder = HeadFinder()
    private var hasSkippedLine = false
    private var state = State.head

    package init() {}

    /// Nothing of a next request was read: the connection can be closed here without harm.
    package var isBetweenRequests: Bool { if case .head = state { true } else { false } }

    /// The next event at or after `position`, which moves past what was read; nil when more bytes are needed. Bytes
    /// before the position are not looked at again; those after it have to be given again.
    package mutating func next(in bytes: Span<UInt8>, from position: inout Int) throws(HTTPViolation) -> Event? {
        switch state {
        case .head:
            // One empty line before a request is allowed (RFC 9112 §2.2), however many pieces it comes in.
            if !hasSkippedLine, bytes.count - position >= 2, bytes[position] == 0x0D, bytes[position + 1] == 0x0A {
                position += 2
                hasSkippedLine = true
                finder = HeadFinder()
            }
            let rest = bytes.extracting(position..<bytes.count)
            guard let length = try finder.find(in: rest) else { return nil }
            let head = try RequestHead.parse(rest.extracting(0..<length))
            position += length
            hasSkippedLine = false
            state = .body(BodyScanner(head.framing))
            return .head(head)
        case .body(var scanner):
            switch try scanner.next(in: bytes, from: &position) {
            case .data(let range):
                state = .body(scanner)
                return .body(range)
            case .end:
                state = .head
                return .end
            case nil:
                state = .body(scanner)
                return nil
            }
        }
    }
}

/// Reads the response to one request from bytes that arrive piece by piece; interim (1xx) responses are read over.
package struct ResponseReader: Sendable {
    /// One step through a message.
    package enum Event: Sendable {
        case head(ResponseHead)
        /// Data of the body, as a range of the bytes given.
        case body(Range<Int>)
        /// The response is complete.
        case end
    }

    private enum State: Sendable {
        case head
        case body(BodyScanner)
        case done
    }

    private var finder = HeadFinder()
    private var state = State.head
    private let isBodyless: Bool

    /// `isBodyless` is true for the answer to a HEAD request.
    package init(isBodyless: Bool = false) { self.isBodyless = isBodyless }

    /// The head was read and the response is not complete.
    package var isInBody: Bool { if case .body = state { true } else { false } }

    /// The end of the connection is the end of the response.
    package var endsWithConnection: Bool {
        if case .body(let scanner) = state { scanner.endsWithConnection } else { false }
    }

    /// Between two chunks, or in a body that has none.
    package var isBetweenChunks: Bool { if case .body(let scanner) = state { scanner.isBetweenChunks } else { true } }

    /// The next event at or after `position`, as `RequestReader.next` has it.
    package mutating func next(in bytes: Span<UInt8>, from position: inout Int) throws(HTTPViolation) -> Event? {
        switch state {
        case .head:
            while true {
                let rest = bytes.extracting(position..<bytes.count)
                guard let length = try finder.find(in: rest) else { return nil }
                let head = try ResponseHead.parse(rest.extracting(0..<length), isBodyless: isBodyless)
                position += length
                guard head.status >= 200 else { continue }
                state = .body(BodyScanner(head.framing))
                return .head(head)
            }
        case .body(var scanner):
            let piece = try scanner.next(in: bytes, from: &position)
            state = .body(scanner)
            switch piece {
            case .data(let range): return .body(range)
            case .end:
                state = .done
                return .end
            case nil: return nil
            }
        case .done: return nil
        }
    }
}
