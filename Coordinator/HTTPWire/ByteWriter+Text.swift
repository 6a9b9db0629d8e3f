extension ByteWriter {
    /// Appends a whole number in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, width: 1)
    }

    /// Appends at least `width` decimal digits, with zeros in front.
    package mutating func append(digits value: UInt, width: Int) {
        var count = 1
        var bound: UInt = 10
        while value >= bound {
            count += 1
            let (next, overflows) = bound.multipliedReportingOverflow(by: 10)
            if overflows { break }
            bound = next
        }
        let place = unsafe extend(max(count, width))
        var rest = value
        for index in stride(from: place.count - 1, through: 0, by: -1) {
            unsafe place[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
    }

    /// Appends the last `digits` hexadecimal digits of a number, in small letters.
    package mutating func append(hex value: UInt64, digits: Int) {
        for place in (0..<digits).reversed() {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 15
            append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
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
}
