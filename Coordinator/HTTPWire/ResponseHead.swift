/// The head of one response: its own copy of the bytes, and where in them things stand. It never changes.
package final class ResponseHead: Sendable {
    package let fields: HeadFields
    package let status: Int
    /// The text after the status; may be empty.
    package let reason: Range<Int>
    package let framing: BodyFraming
    /// The connection can carry another request after this response.
    package let keepsAlive: Bool

    private init(fields: HeadFields, status: Int, reason: Range<Int>, framing: BodyFraming, keepsAlive: Bool) {
        self.fields = fields
        self.status = status
        self.reason = reason
        self.framing = framing
        self.keepsAlive = keepsAlive
    }

    /// Parses a complete head, its final empty line included. `isBodyless` is true for the answer to a HEAD request.
    package static func parse(_ bytes: Span<UInt8>, isBodyless: Bool) throws(HTTPViolation) -> ResponseHead {
        guard bytes.count >= 14, let isOld = try? RequestHead.version(bytes, at: 0), bytes[8] == 0x20 else {
            throw .malformedStatusLine
        }
        var status = 0
        for index in 9..<12 {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { throw .malformedStatusLine }
            status = status * 10 + Int(bytes[index] - 0x30)
        }
        guard status >= 100, bytes[12] == 0x20 || bytes[12] == 0x0D else { throw .malformedStatusLine }
        var end = 12
        while bytes[end] >= 0x20 || bytes[end] == 0x09 { end += 1 }
        guard bytes[end] == 0x0D, bytes[end + 1] == 0x0A else { throw .malformedStatusLine }
        let fields = HeadFields(bytes: bytes.copied, fields: try FieldParser.fields(bytes, from: end + 2))
        let isChunked = try FieldParser.isChunked(fields)
        let length = try FieldParser.length(fields)
        let framing: BodyFraming =
            isBodyless || status < 200 || status == 204 || status == 304
            ? .none : isChunked ? .chunked : length.map { $0 == 0 ? .none : .length($0) } ?? .untilClose
        let keepsAlive = isOld ? fields.lists("keep-alive", in: .connection) : !fields.closes
        return ResponseHead(
            fields: fields, status: status, reason: min(13, end)..<end, framing: framing,
            keepsAlive: keepsAlive && framing != .untilClose)
    }

    /// The media type without its parameters, in lower case; empty when there is none.
    package var mediaType: String {
        guard let value = fields.first(.contentType) else { return "" }
        return String(value.prefix { $0 != ";" }[...].trimmed).lowercased()
    }
}
