extension [UInt8] {
    /// Appends a whole number in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, width: 1)
    }

    /// Appends at least `width` digits, with zeros in front.
    package mutating func append(digits value: UInt, width: Int) {
        if value < 10, width == 1 { return append(UInt8(truncatingIfNeeded: 0x30 + value)) }
        // The digits from the last, a nibble each: 16 of them hold every number that occurs.
        guard value < 10_000_000_000_000_000 else { return append(contentsOf: String(value).utf8) }
        var nibbles: UInt64 = 0
        var rest = value
        var count = 0
        while rest > 0 || count < width {
            nibbles |= UInt64(truncatingIfNeeded: rest % 10) << UInt64(count * 4)
            rest /= 10
            count += 1
        }
        while count > 0 {
            count -= 1
            append(UInt8(truncatingIfNeeded: 0x30 + nibbles >> UInt64(count * 4) & 15))
        }
    }

    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) { append(contentsOf: text.utf8) }

    /// Appends the UTF-8 of a literal.
    package mutating func append(literal: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a text that others chose, each control character as a blank, so that it stays in its line.
    package mutating func append(visible text: String) {
        for byte in text.utf8 { append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
    }

    /// Appends a text as a JSON string, quotes included.
    package mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                append(byte)
            } else {
                append(UInt8(ascii: "\\"))
                if byte >= 0x20 {
                    append(byte)
                } else {
                    append(literal: "u00")
                    append(hex: UInt64(byte), digits: 2)
                }
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends the last `digits` hexadecimal digits of a number, in small letters.
    package mutating func append(hex value: UInt64, digits: Int) {
        for place in (0..<digits).reversed() {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 15
            append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }
}
