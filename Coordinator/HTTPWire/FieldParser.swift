/// Reads the lines of a complete head.
enum FieldParser {
    /// Characters of a token (RFC 9110 §5.6.2) as a bit each, below 64 and from 64 on.
    private static let tokenLow: UInt64 = 0x03FF_6CFA_0000_0000
    private static let tokenHigh: UInt64 = 0x57FF_FFFF_C7FF_FFFE

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return tokenLow >> UInt64(byte) & 1 == 1 }
        return byte < 128 && tokenHigh >> UInt64(byte - 64) & 1 == 1
    }

    /// The fields between the start line's end and the final empty line.
    static func fields(_ bytes: Span<UInt8>, from start: Int) throws(HTTPViolation) -> [HeadFields.Field] {
        var fields: [HeadFields.Field] = []
        fields.reserveCapacity(16)
        var position = start
        while position < bytes.count - 2 {
            guard fields.count < HeadLimits.fieldsMax else { throw .tooManyFields }
            fields.append(try field(bytes, at: &position))
        }
        return fields
    }

    private static func field(_ bytes: Span<UInt8>, at position: inout Int) throws(HTTPViolation) -> HeadFields.Field {
        let start = position
        if bytes[start] == 0x20 || bytes[start] == 0x09 { throw .foldedLine }
        let (known, colon) = try name(bytes, from: start)
        var first = colon + 1
        while bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
        guard var end = ByteSearch.control(in: bytes, from: first), end + 1 < bytes.count, bytes[end] == 0x0D,
            bytes[end + 1] == 0x0A
        else { throw .malformedFieldValue }
        position = end + 2
        while end > first, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return HeadFields.Field(known: known, name: start..<colon, value: first..<end)
    }

    /// The field name that begins at `start`, and where its colon is.
    private static func name(_ bytes: Span<UInt8>, from start: Int) throws(HTTPViolation) -> (FieldName, Int) {
        // The bytes of a known name need no look each.
        if let colon = ByteSearch.first(UInt8(ascii: ":"), in: bytes, from: start), colon > start {
            let known = FieldName.known(bytes, start..<colon)
            if known != .other { return (known, colon) }
        }
        var colon = start
        while isToken(bytes[colon]) { colon += 1 }
        guard bytes[colon] == UInt8(ascii: ":") else {
            throw bytes[colon] == 0x20 || bytes[colon] == 0x09 ? .spaceBeforeColon : .malformedFieldName
        }
        guard colon > start else { throw .malformedFieldName }
        return (.other, colon)
    }

    /// The one Content-Length of a message; nil when it has none.
    static func length(_ fields: HeadFields) throws(HTTPViolation) -> Int? {
        var found: Range<Int>?
        for field in fields.fields where field.known == .contentLength {
            guard found == nil else { throw .repeatedLength }
            found = field.value
        }
        guard let found else { return nil }
        guard !found.isEmpty, found.count <= 18 else { throw .malformedLength }
        var length = 0
        for byte in fields.bytes[found] {
            guard byte >= 0x30, byte <= 0x39 else { throw .malformedLength }
            length = length * 10 + Int(byte - 0x30)
        }
        return length
    }

    /// The message is chunked. Any other transfer coding is refused, and so is a length beside one.
    static func isChunked(_ fields: HeadFields) throws(HTTPViolation) -> Bool {
        var count = 0
        for field in fields.fields where field.known == .transferEncoding {
            guard fields.text(field.value).lowercased() == "chunked" else { throw .unsupportedTransferCoding }
            count += 1
        }
        guard count <= 1 else { throw .unsupportedTransferCoding }
        if count == 1, fields.contains(.contentLength) { throw .lengthAndTransferCoding }
        return count == 1
    }
}
