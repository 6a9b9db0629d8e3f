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
}
