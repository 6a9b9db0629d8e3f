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
        var text = text
        text.withUTF8 { unsafe append(raw: UnsafeRawBufferPointer($0)) }
    }

    /// Appends the UTF-8 of a literal.
    package mutating func append(literal: StaticString) {
        unsafe append(raw: UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a whole number in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        if value.magnitude < 10 { return append(UInt8(truncatingIfNeeded: 0x30 + value.magnitude)) }
        let digits = DecimalDigits(UInt64(value.magnitude))
        append(addingCapacity: digits.count) { output in
            for index in 0..<digits.count { output.append(digits[index]) }
        }
    }
}

/// The decimal digits of a number.
struct DecimalDigits {
    private var bytes = InlineArray<20, UInt8>(repeating: 0x30)
    let count: Int

    init(_ value: UInt64) {
        var rest = value
        var start = 20
        repeat {
            start -= 1
            bytes[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        } while rest > 0
        count = 20 - start
    }

    /// The digit at a place, counted from the highest.
    subscript(index: Int) -> UInt8 { bytes[20 - count + index] }
}
