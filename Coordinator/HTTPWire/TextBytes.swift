extension [UInt8] {
    /// Appends bytes from elsewhere in memory.
    @inline(__always)
    private mutating func append(raw source: UnsafeRawBufferPointer) {
        append(addingCapacity: source.count) { output in
            unsafe output.withUnsafeMutableBufferPointer { free, count in
                unsafe UnsafeMutableRawBufferPointer(free).copyMemory(from: source)
                count = source.count
            }
        }
    }

    /// Appends bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe append(raw: $0) }
    }

    /// Appends a part of other bytes.
    package mutating func append(_ bytes: [UInt8], _ range: Range<Int>) { append(bytes.span.extracting(range)) }

    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable {
            unsafe append(raw: UnsafeRawBufferPointer($0))
        }
        if isDone == nil { append(contentsOf: text.utf8) }
    }

    /// Appends the UTF-8 of a literal.
    package mutating func append(literal: StaticString) {
        unsafe append(raw: UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a whole number in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        let value = value.magnitude
        guard value < 1_000 else { return append(digits: value, width: 4) }
        if value >= 100 { append(UInt8(truncatingIfNeeded: 0x30 + value / 100)) }
        if value >= 10 { append(UInt8(truncatingIfNeeded: 0x30 + value / 10 % 10)) }
        append(UInt8(truncatingIfNeeded: 0x30 + value % 10))
    }

    /// Appends at least `width` decimal digits, with zeros in front; 20 at most.
    package mutating func append(digits value: UInt, width: Int) {
        let digits = DecimalDigits(UInt64(value), width: width)
        append(addingCapacity: digits.count) { output in
            for index in 0..<digits.count { output.append(digits[index]) }
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

    /// Appends the last `digits` hexadecimal digits of a number, in small letters.
    package mutating func append(hex value: UInt64, digits: Int) {
        for place in (0..<digits).reversed() {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 15
            append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }
}

/// The decimal digits of a number.
struct DecimalDigits {
    private var bytes = InlineArray<20, UInt8>(repeating: 0x30)
    let count: Int

    /// At least `width` of them, with zeros in front.
    init(_ value: UInt64, width: Int) {
        var rest = value
        var start = 20
        while rest > 0 {
            start -= 1
            bytes[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count = max(20 - start, min(width, 20))
    }

    /// The digit at a place, counted from the highest.
    subscript(index: Int) -> UInt8 { bytes[20 - count + index] }
}
