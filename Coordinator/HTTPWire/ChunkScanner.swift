/// Follows a chunked body (RFC 9112 §7.1).
///
/// 1. A chunk size is 1 to 15 hexadecimal digits; extensions are read over and bounded.
/// 2. Every line of the framing ends with CRLF; nothing stands between a chunk's data and its CRLF.
/// 3. Trailers are read over and bounded.
package struct ChunkScanner: Sendable {
    /// Bytes of a chunk's size with its extensions; a longer line is refused.
    package static let lineBytesMax = 1_024
    /// Bytes of all trailers together; more are refused.
    package static let trailerBytesMax = 8_192

    private enum State: Sendable {
        case size(value: Int, digits: Int)
        case extensions(value: Int, length: Int)
        case sizeLineFeed(value: Int)
        case data(remaining: Int)
        case dataCarriageReturn
        case dataLineFeed
        case trailer(line: Int, total: Int)
        case trailerLineFeed(line: Int, total: Int)
        case done
    }

    private var state = State.size(value: 0, digits: 0)

    package init() {}

    var isBetweenChunks: Bool {
        switch state {
        case .size(_, let digits): digits == 0
        case .done: true
        default: false
        }
    }

    mutating func next(in bytes: Span<UInt8>, from position: inout Int) throws(HTTPViolation) -> BodyScanner.Piece? {
        while true {
            if case .done = state { return .end }
            guard position < bytes.count else { return nil }
            if case .data(let remaining) = state {
                let count = min(remaining, bytes.count - position)
                state = count == remaining ? .dataCarriageReturn : .data(remaining: remaining - count)
                defer { position += count }
                return .data(position..<position + count)
            }
            try advance(bytes[position])
            position += 1
        }
    }

    /// Takes one byte of framing.
    private mutating func advance(_ byte: UInt8) throws(HTTPViolation) {
        switch state {
        case .size(let value, let digits): state = try Self.size(byte, value, digits)
        case .extensions(let value, let length):
            guard length < Self.lineBytesMax else { throw .chunkLineTooLong }
            if byte == 0x0D {
                state = .sizeLineFeed(value: value)
            } else {
                guard byte >= 0x20 || byte == 0x09, byte != 0x7F else { throw .malformedChunkSize }
                state = .extensions(value: value, length: length + 1)
            }
        case .sizeLineFeed(let value):
            guard byte == 0x0A else { throw .malformedChunkSize }
            state = value == 0 ? .trailer(line: 0, total: 0) : .data(remaining: value)
        case .dataCarriageReturn:
            guard byte == 0x0D else { throw .malformedChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { throw .malformedChunk }
            state = .size(value: 0, digits: 0)
        case .trailer(let line, let total):
            guard total < Self.trailerBytesMax else { throw .trailerTooLarge }
            if byte == 0x0D {
                state = .trailerLineFeed(line: line, total: total)
            } else {
                guard byte != 0x0A else { throw .bareLineFeed }
                guard byte >= 0x20 || byte == 0x09, byte != 0x7F else { throw .malformedFieldValue }
                state = .trailer(line: line + 1, total: total + 1)
            }
        case .trailerLineFeed(let line, let total):
            guard byte == 0x0A else { throw .malformedFieldValue }
            state = line == 0 ? .done : .trailer(line: 0, total: total)
        case .data, .done: break
        }
    }

    private static func size(_ byte: UInt8, _ value: Int, _ digits: Int) throws(HTTPViolation) -> State {
        let digit: UInt8
        switch byte {
        case 0x30...0x39: digit = byte - 0x30
        case 0x41...0x46: digit = byte - 0x41 + 10
        case 0x61...0x66: digit = byte - 0x61 + 10
        case 0x0D where digits > 0: return .sizeLineFeed(value: value)
        case UInt8(ascii: ";") where digits > 0: return .extensions(value: value, length: 1)
        default: throw .malformedChunkSize
        }
        guard digits < 15 else { throw .malformedChunkSize }
        return .size(value: value << 4 | Int(digit), digits: digits + 1)
    }
}
