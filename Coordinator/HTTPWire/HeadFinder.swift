/// Finds where a message head ends in bytes that arrive piece by piece, without reading a byte twice.
struct HeadFinder: Sendable {
    private var lineStart = 0
    private var searched = 0

    /// The length of the head with its final empty line, or nil when more bytes are needed. `bytes` begins with the
    /// head; the next call gets the same bytes and those that followed.
    mutating func find(in bytes: Span<UInt8>) throws(HTTPViolation) -> Int? {
        while let newline = ByteSearch.first(0x0A, in: bytes, from: searched) {
            guard newline < HeadLimits.bytesMax else { throw .headTooLarge }
            guard newline > lineStart, bytes[newline - 1] == 0x0D else { throw .bareLineFeed }
            searched = newline + 1
            if newline - lineStart == 1 {
                defer { self = HeadFinder() }
                return newline + 1
            }
            lineStart = newline + 1
        }
        guard bytes.count <= HeadLimits.bytesMax else { throw .headTooLarge }
        searched = bytes.count
        return nil
    }
}
