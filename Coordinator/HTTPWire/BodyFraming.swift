/// How a message says where its body ends.
package enum BodyFraming: Sendable, Hashable {
    case none
    /// That many bytes.
    case length(Int)
    case chunked
    /// The end of the connection; responses only.
    case untilClose
}

/// Follows a body to its end and tells its data from its framing. It never changes or keeps a byte.
package struct BodyScanner: Sendable {
    /// One step through a body.
    package enum Piece: Sendable, Hashable {
        /// Data of the body, as a range of the bytes given.
        case data(Range<Int>)
        /// The body is complete; bytes after the position belong to the next message.
        case end
    }

    private enum State: Sendable {
        case fixed(remaining: Int)
        case chunked(ChunkScanner)
        case untilClose
    }

    private var state: State

    package init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none: .fixed(remaining: 0)
            case .length(let count): .fixed(remaining: count)
            case .chunked: .chunked(ChunkScanner())
            case .untilClose: .untilClose
            }
    }

    /// The body ends where the connection does.
    package var endsWithConnection: Bool { if case .untilClose = state { true } else { false } }

    /// Between two chunks, or in a body that has none.
    package var isBetweenChunks: Bool {
        if case .chunked(let scanner) = state { scanner.isBetweenChunks } else { true }
    }

    /// The next piece at or after `position`, which moves past it; nil when more bytes are needed.
    package mutating func next(
        in bytes: Span<UInt8>, from position: inout Int
    ) throws(HTTPViolation) -> Piece? {
        switch state {
        case .fixed(let remaining):
            if remaining == 0 { return .end }
            let count = min(remaining, bytes.count - position)
            guard count > 0 else { return nil }
            defer { position += count }
            state = .fixed(remaining: remaining - count)
            return .data(position..<position + count)
        case .chunked(var scanner):
            defer { state = .chunked(scanner) }
            return try scanner.next(in: bytes, from: &position)
        case .untilClose:
            guard position < bytes.count else { return nil }
            defer { position = bytes.count }
            return .data(position..<bytes.count)
        }
    }
}
