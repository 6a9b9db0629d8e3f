import CByteScan

/// Finding bytes: 64 at a time where long texts are read over, else eight at a time in plain 64-bit arithmetic, which
/// beats the standard library's SIMD types by far.
enum ByteSearch {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// Top bits set in (at least) the lowest byte of `word` that is zero; the bits above it may be false.
    @inline(__always)
    private static func zeroes(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & tops }

    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    /// Eight bytes of text as they stand in memory.
    static func word(_ text: StaticString) -> UInt64 {
        precondition(text.utf8CodeUnitCount == 8, "a word has eight bytes")
        return unsafe UnsafeRawPointer(text.utf8Start).loadUnaligned(as: UInt64.self)
    }

    /// The last place where these eight bytes stand, or nil.
    static func last(_ wanted: UInt64, in bytes: Span<UInt8>) -> Int? {
        let place = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return buffer.count }
            return unsafe byte_scan_last(start, buffer.count, wanted)
        }
        return place < bytes.count ? place : nil
    }

    /// The place after the closing quote of the JSON string whose opening quote is before `start`, or nil.
    static func stringEnd(in bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        let end = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let first = buffer.baseAddress else { return 0 }
            return unsafe byte_scan_string_end(first, start, buffer.count)
        }
        return end > 0 ? end : nil
    }

    /// The extent of the JSON object or array that begins at `start`.
    static func container(in bytes: Span<UInt8>, from start: Int, depthMax: Int) -> byte_scan_extent {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let first = buffer.baseAddress else { return byte_scan_extent() }
            return unsafe byte_scan_container(first, start, buffer.count, UInt32(depthMax))
        }
    }

    @inline(__always)
    static func byte(_ bytes: Span<UInt8>, _ offset: Int) -> UInt8 {
        unsafe bytes[unchecked: offset]
    }

    /// The first `needle` at or after `start`, or nil.
    static func first(_ needle: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        let pattern = UInt64(needle) &* ones
        while offset + 8 <= bytes.count {
            let hit = zeroes(word(bytes, offset) ^ pattern)
            if hit != 0 { return offset + hit.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < bytes.count {
            if byte(bytes, offset) == needle { return offset }
            offset += 1
        }
        return nil
    }

    /// The first control character other than a tab at or after `start`, or nil.
    static func control(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        while offset + 8 <= bytes.count {
            let word = word(bytes, offset)
            let low = (word &- 0x20 &* ones) & ~word & tops
            let hit = low | zeroes(word ^ 0x7F &* ones)
            guard hit != 0 else {
                offset += 8
                continue
            }
            offset += hit.trailingZeroBitCount / 8
            if byte(bytes, offset) != 0x09 { return offset }
            offset += 1
        }
        while offset < bytes.count {
            let byte = byte(bytes, offset)
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return offset }
            offset += 1
        }
        return nil
    }

    /// The first quote or backslash at or after `start`: where the plain part of a JSON string ends.
    static func quoteOrBackslash(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        let quote = UInt64(UInt8(ascii: "\"")) &* ones
        let backslash = UInt64(UInt8(ascii: "\\")) &* ones
        while offset + 8 <= bytes.count {
            let word = word(bytes, offset)
            let hit = zeroes(word ^ quote) | zeroes(word ^ backslash)
            if hit != 0 { return offset + hit.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < bytes.count {
            let byte = byte(bytes, offset)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return offset }
            offset += 1
        }
        return nil
    }

    /// The first place at or after `start` where `needle`, of two bytes or more, stands, or nil. Its first two bytes
    /// are looked for together: either alone is in most words of JSON.
    static func first(_ needle: [UInt8], in bytes: Span<UInt8>, from start: Int) -> Int? {
        let (first, second) = (needle[0], needle[1])
        var position = start
        while position < bytes.count {
            let place = unsafe bytes.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return buffer.count }
                return unsafe byte_scan_pair(start, position, buffer.count, first, second)
            }
            guard place + needle.count <= bytes.count else { return nil }
            if stands(needle, in: bytes, at: place) { return place }
            position = place + 1
        }
        return nil
    }

    private static func stands(_ needle: [UInt8], in bytes: Span<UInt8>, at place: Int) -> Bool {
        guard place + needle.count <= bytes.count else { return false }
        for index in 0..<needle.count where byte(bytes, place + index) != needle[index] { return false }
        return true
    }
}
