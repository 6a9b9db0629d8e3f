/// Whether a piece of text occurs in bytes.
package enum BytePattern {
    package static func isFound(_ text: String, in bytes: Span<UInt8>) -> Bool {
        ByteSearch.first(Array(text.utf8), in: bytes, from: 0) != nil
    }
}
