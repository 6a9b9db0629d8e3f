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

    /// Whether a letter of ASCII stands at `at`, or after a space there: then where it does.
    @inline(__always) func asciiWord(_ at: Int, _ end: Int) -> Int? {
        let start = self[at] == 0x20 ? at + 1 : at
        return start < end && (self[start] | 0x20) &- 0x61 < 26 ? start : nil
    }

    /// Where the scalar that ends before `end` starts; `end` > 0.
    @inline(__always) func start(ofScalarBefore end: Int) -> Int {
        var at = end - 1
        while at > 0, self[at] & 0xC0 == 0x80 { at -= 1 }
        return at
    }

    /// The end of the run of scalars with any of `bits`, from `at`.
    func run(_ at: Int, _ end: Int, _ bits: UInt16, _ classes: Span<UInt16>) -> Int {
        var at = at
        while at < end {
            let next = step(at, classes)
            if next.bits & bits == 0 { break }
            at += next.count
        }
        return at
    }

    /// The end of the run of scalars with none of `bits`, from `at`.
    func run(_ at: Int, _ end: Int, without bits: UInt16, _ classes: Span<UInt16>) -> Int {
        var at = at
        while at < end {
            let next = step(at, classes)
            if next.bits & bits != 0 { break }
            at += next.count
        }
        return at
    }

    /// The end of the run of scalars with any of `bits`, from `at`; of ASCII these are the letters.
    @inline(__always) func letters(_ at: Int, _ end: Int, _ bits: UInt16, _ classes: Span<UInt16>) -> Int {
        var at = at
        while at + 8 <= end {
            let stops = ByteRow(self, at).notLetters
            if stops != 0 {
                at += stops.firstByte
                return self[at] < 0x80 ? at : run(at, end, bits, classes)
            }
            at += 8
        }
        return run(at, end, bits, classes)
    }

    /// The place of the first byte that is `byte`, from `at`; `end` where there is none.
    @inline(__always) func first(_ byte: UInt8, _ at: Int, _ end: Int) -> Int {
        var at = at
        while at + 8 <= end {
            let found = ByteRow(self, at).equal(byte)
            if found != 0 { return at + found.firstByte }
            at += 8
        }
        while at < end, self[at] != byte { at += 1 }
        return at
    }

    /// The place of the first digit of ASCII, or byte beyond ASCII, from `at`.
    @inline(__always) func skipLetters(_ at: Int, _ end: Int) -> Int {
        var at = at
        while at + 8 <= end {
            let found = ByteRow(self, at).digitsOrOthers
            if found != 0 { return at + found.firstByte }
            at += 8
        }
        while at < end, self[at] < 0x80, self[at] &- 0x30 > 9 { at += 1 }
        return at
    }

    /// The place of the first byte beyond ASCII, from `at`.
    @inline(__always) func skipASCII(_ at: Int, _ end: Int) -> Int {
        var at = at
        while at + 8 <= end {
            let found = ByteRow(self, at).others
            if found != 0 { return at + found.firstByte }
            at += 8
        }
        while at < end, self[at] < 0x80 { at += 1 }
        return at
    }

    /// Whether `bytes` stand at `at`, before `end`.
    @inline(__always) func holds(_ bytes: [UInt8], at: Int, before end: Int) -> Bool {
        guard at + bytes.count <= end else { return false }
        for index in bytes.indices where self[at + index] != bytes[index] { return false }
        return true
    }
}
