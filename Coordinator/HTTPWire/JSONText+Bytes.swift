extension JSONText {
    /// The text of a JSON string whose quotes are the first and last byte of `string`; nil where an escape is none.
    package static func bytes(of body: Span<UInt8>, _ string: Range<Int>) -> [UInt8]? {
        unescape(body, string.lowerBound + 1..<string.upperBound - 1)
    }
}
