extension HeadFields {
    /// The fields behind the last chunk of a body. `framing` is everything after the body's last data: the end of that
    /// chunk, the chunk of size 0, the fields and the empty line. Nil where there are no fields.
    package static func trailers(in framing: Span<UInt8>) throws(HTTPViolation) -> HeadFields? {
        var start = 0
        // The line break of the last chunk with data, then the line of the chunk of size 0.
        if framing.count >= 2, framing[0] == 0x0D, framing[1] == 0x0A { start = 2 }
        while start < framing.count, framing[start] != 0x0A { start += 1 }
        start += 1
        guard framing.count - start > 2 else { return nil }
        let bytes = framing.extracting(start..<framing.count).copied
        return HeadFields(bytes: bytes, fields: try FieldParser.fields(bytes.span, from: 0))
    }
}
