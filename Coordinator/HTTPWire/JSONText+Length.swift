extension JSONText {
    /// Characters (Unicode scalars) of a string's inside, which is well-formed UTF-8; an escape is one, as is a pair of
    /// escapes that make one scalar.
    static func characters(_ bytes: Span<UInt8>, _ inside: Range<Int>) -> Int {
        let text = bytes.extracting(inside)
        var count = text.count - continuations(text)
        var position = 0
        // Where the second half of a pair has to begin.
        var pairEnd: Int?
        while let backslash = ByteSearch.first(UInt8(ascii: "\\"), in: text, from: position), backslash + 1 < text.count
        {
            guard text[backslash + 1] == UInt8(ascii: "u"), backslash + 6 <= text.count else {
                count -= 1
                position = backslash + 2
                continue
            }
            // In \uD800 to \uDFFF the third digit's letter tells the first half from the second.
            let isHalf = text[backslash + 2] | 0x20 == UInt8(ascii: "d")
            let digit = text[backslash + 3] | 0x20
            let isFirst = isHalf && (digit == 0x38 || digit == 0x39 || digit == 0x61 || digit == 0x62)
            let isSecond = isHalf && digit >= 0x63 && digit <= 0x66
            count -= isSecond && pairEnd == backslash ? 6 : 5
            position = backslash + 6
            pairEnd = isFirst ? position : nil
        }
        return count
    }

    /// Bytes that continue a character.
    private static func continuations(_ text: Span<UInt8>) -> Int {
        var count = 0
        var offset = 0
        while offset + 8 <= text.count {
            let word = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            count += ((word >> 7) & ~(word >> 6) & 0x0101_0101_0101_0101).nonzeroBitCount
            offset += 8
        }
        while offset < text.count {
            if text[offset] & 0xC0 == 0x80 { count += 1 }
            offset += 1
        }
        return count
    }

    /// A member's name, as it stands between its quotes, is this one, written with escapes or not.
    static func isName(_ name: String, _ inside: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        if inside.count == name.utf8.count {
            var position = inside.lowerBound
            for byte in name.utf8 {
                if ByteSearch.byte(bytes, position) != byte { return false }
                position += 1
            }
            return true
        }
        // An escape is longer than what it stands for.
        guard inside.count > name.utf8.count,
            ByteSearch.first(UInt8(ascii: "\\"), in: bytes.extracting(inside), from: 0) != nil
        else { return false }
        return unescape(bytes, inside).map { $0.elementsEqual(name.utf8) } ?? false
    }
}
