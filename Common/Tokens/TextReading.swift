/// One scalar of a text.
struct TextStep {
    var bits: UInt16
    /// Bytes, 1 to 4.
    var count: Int
}

/// Reads of a text that is known to be UTF-8.
extension Span<UInt8> {
    /// The value of the scalar at `at` and its count of bytes.
    @inline(__always) func scalar(_ at: Int) -> (value: UInt32, count: Int) {
        let first = UInt32(self[at])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(self[at + 1]) & 0x3F
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(self[at + 2]) & 0x3F
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(self[at + 3]) & 0x3F, 4)
    }

    @inline(__always) func step(_ at: Int, _ classes: Span<UInt16>) -> TextStep {
        let first = self[at]
        if first < 0x80 { return TextStep(bits: classes[Int(first)], count: 1) }
        let (value, count) = scalar(at)
        return TextStep(bits: ScalarClass.of(value, classes), count: count)
    }

    /// Where the scalar that ends before `end` starts; `end` > 0.
    @inline(__always) func start(ofScalarBefore end: Int) -> Int {
        var at = end - 1
        while at > 0, self[at] & 0xC0 == 0x80 { at -= 1 }
        return at
    }

    /// The end of the run of scalars with any of `bits`, from `at`.
    @inline(__always) func run(_ at: Int, _ end: Int, _ bits: UInt16, _ classes: Span<UInt16>) -> Int {
        var at = at
        while at < end {
            let next = step(at, classes)
            if next.bits & bits == 0 { break }
            at += next.count
        }
        return at
    }

    /// The end of the run of scalars with none of `bits`, from `at`.
    @inline(__always) func run(_ at: Int, _ end: Int, without bits: UInt16, _ classes: Span<UInt16>) -> Int {
        var at = at
        while at < end {
            let next = step(at, classes)
            if next.bits & bits != 0 { break }
            at += next.count
        }
        return at
    }

    /// Whether `bytes` stand at `at`, before `end`.
    @inline(__always) func holds(_ bytes: [UInt8], at: Int, before end: Int) -> Bool {
        guard at + bytes.count <= end else { return false }
        for index in bytes.indices where self[at + index] != bytes[index] { return false }
        return true
    }
}
