/// HTTP/2 as bytes, for what no well-behaved client sends.
enum HTTP2Wire {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    enum Kind: UInt8 {
        case data = 0
        case headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
        case unknown = 0xBB
    }

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let padded: UInt8 = 8

    /// One frame; `length` is what its head claims where that is not the truth.
    static func frame(
        _ kind: Kind, _ flags: UInt8 = 0, _ stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), kind.rawValue, flags]
            + bytes(stream) + payload
    }

    static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> UInt32(24 - 8 * $0) & 255) } }

    /// A setting as its identifier and value.
    static func setting(_ identifier: UInt8, _ value: UInt32) -> [UInt8] { [0, identifier] + bytes(value) }

    /// Fields as literals without indexing and without Huffman codes.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> [UInt8] {
        var count = text.utf8.count
        guard count >= 127 else { return [UInt8(count)] + text.utf8 }
        var output: [UInt8] = [127]
        count -= 127
        while count >= 128 {
            output.append(UInt8(count & 127 | 128))
            count >>= 7
        }
        return output + [UInt8(count)] + text.utf8
    }

    static let health: [(String, String)] = [
        (":method", "GET"), (":scheme", "http"), (":path", "/healthz"), (":authority", "gateway"),
    ]

    /// A complete request.
    static func request(_ stream: UInt32, _ fields: [(String, String)] = health, isLast: Bool = true) -> [UInt8] {
        frame(.headers, endHeaders | (isLast ? endStream : 0), stream, block(fields))
    }

    /// What a client begins with; the server's settings are on their way by then.
    static let hello = preface + frame(.settings) + frame(.settings, 1)

    struct Frame {
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The error code of RST_STREAM and GOAWAY.
        var code: UInt32? {
            switch kind {
            case Kind.reset.rawValue where payload.count == 4: HTTP2Wire.number(payload[...])
            case Kind.goAway.rawValue where payload.count >= 8: HTTP2Wire.number(payload[4..<8])
            default: nil
            }
        }
    }

    fileprivate static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    /// The whole frames at the start of `bytes`.
    static func frames(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(number(head[0..<3]))
            guard rest.count >= 9 + length else { break }
            frames.append(
                Frame(
                    kind: head[3], flags: head[4], stream: number(head[5..<9]),
                    payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}
