/// DeepSeek's and o200k's patterns.
extension SplitPattern {
    private static let letter = ScalarClass.letter
    private static let number = ScalarClass.number
    private static let space = ScalarClass.space
    private static let newline = ScalarClass.newline
    private static let sign = ScalarClass.punctuation | ScalarClass.symbol
    private static let letterOrMark = ScalarClass.letter | ScalarClass.mark

    /// An ASCII sign with ASCII letters after it, or
    /// `[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
    @inline(__always)
    static func deepSeekEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int? {
        if let word = text.asciiWord(at, end) { return text.letters(word + 1, end, letterOrMark, classes) }
        return deepSeekOtherEnd(text, at, end, classes)
    }

    private static func deepSeekOtherEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>
    ) -> Int? {
        let step = text.step(at, classes)
        let after = at + step.count
        if step.bits & letterOrMark != 0 { return text.run(after, end, letterOrMark, classes) }
        let first = text[at]
        if first < 0x80, step.bits & sign != 0, after < end, isASCIILetter(text[after]) {
            var position = after + 1
            while position < end, isASCIILetter(text[position]) { position += 1 }
            return position
        }
        let next = after < end ? text.step(after, classes) : TextStep(bits: 0, count: 0)
        if step.bits & (newline | sign) == 0, next.bits & letterOrMark != 0 {
            return text.run(after + next.count, end, letterOrMark, classes)
        }
        if step.bits & sign != 0 || (first == 0x20 && next.bits & sign != 0) {
            return text.run(text.run(after, end, sign, classes), end, newline, classes)
        }
        return step.bits & space != 0 ? linesEnd(text, at, end, classes) : nil
    }

    private static func isASCIILetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Words of capitals then small letters with a contraction at their end (two alternatives), then
    /// `\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
    @inline(__always)
    static func o200kEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int {
        if let word = asciiWordStart(text, at, end), let found = asciiWordEnd(text, word, end) {
            return found < end && text[found] == UInt8(ascii: "'") ? withContraction(text, found, end) : found
        }
        return o200kOtherEnd(text, at, end, classes)
    }

    /// Where a letter of ASCII stands: at `at`, or behind one character of ASCII that is no digit and no line's end.
    @inline(__always)
    private static func asciiWordStart(_ text: Span<UInt8>, _ at: Int, _ end: Int) -> Int? {
        let first = text[at]
        if isASCIILetter(first) { return at }
        let leads = first < 0x80 && first &- 0x30 > 9 && first != 0x0A && first != 0x0D
        return leads && at + 1 < end && isASCIILetter(text[at + 1]) ? at + 1 : nil
    }

    /// The end of ASCII capitals and the small letters after them; nil where scalars beyond ASCII follow, which may be
    /// letters too.
    @inline(__always)
    private static func asciiWordEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int) -> Int? {
        var at = at
        while at < end, text[at] &- 0x41 < 26 { at += 1 }
        while at + 8 <= end {
            let stops = ByteRow(text, at).notSmall
            if stops != 0 {
                at += stops.firstByte
                return text[at] < 0x80 ? at : nil
            }
            at += 8
        }
        while at < end, text[at] &- 0x61 < 26 { at += 1 }
        return at == end || text[at] < 0x80 ? at : nil
    }

    private static func o200kOtherEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>
    ) -> Int {
        let step = text.step(at, classes)
        if step.bits & number != 0 { return numbersEnd(text, at, end, classes, 3) }
        let after = at + step.count
        let next = after < end ? text.step(after, classes).bits : 0
        if (step.bits | next) & letterOrMark != 0, let word = wordEnd(text, at, end, classes) { return word }
        if step.bits & space == 0 || (text[at] == 0x20 && after < end && next & (space | letter | number) == 0) {
            var position = text.run(after, end, without: letter | number | space, classes)
            while position < end, text[position] == 0x0A || text[position] == 0x0D || text[position] == 0x2F {
                position += 1
            }
            return position
        }
        return linesEnd(text, at, end, classes)
    }

    /// `[^\r\n\p{L}\p{N}]?` then capitals and small letters; nil where no word starts.
    private static func wordEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int? {
        let step = text.step(at, classes)
        // The optional sign is tried first; a mark is both a sign and a part of a word.
        let lead = step.bits & (newline | letter | number) == 0 ? at + step.count : at
        let found =
            smallEnd(text, lead, end, classes) ?? (lead > at ? smallEnd(text, at, end, classes) : nil)
            ?? capitalEnd(text, lead, end, classes) ?? (lead > at ? capitalEnd(text, at, end, classes) : nil)
        return found.map { withContraction(text, $0, end) }
    }

    /// `[Lu Lt Lm Lo M]+[Ll Lm Lo M]*` from `start`.
    private static func capitalEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ classes: Span<UInt16>) -> Int? {
        let capitals = run(text, start, end, without: ScalarClass.small, classes)
        return capitals > start ? run(text, capitals, end, without: ScalarClass.capital, classes) : nil
    }

    /// `[Lu Lt Lm Lo M]*[Ll Lm Lo M]+` from `start`: the first part takes all it can, then gives back.
    private static func smallEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ classes: Span<UInt16>) -> Int? {
        var middle = run(text, start, end, without: ScalarClass.small, classes)
        while true {
            let found = run(text, middle, end, without: ScalarClass.capital, classes)
            if found > middle { return found }
            if middle == start { return nil }
            middle = text.start(ofScalarBefore: middle)
        }
    }

    /// The run of letters and marks that lack `bits`.
    private static func run(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, without bits: UInt16, _ classes: Span<UInt16>
    ) -> Int {
        var position = start
        while position < end {
            let step = text.step(position, classes)
            if step.bits & letterOrMark == 0 || step.bits & bits != 0 { break }
            position += step.count
        }
        return position
    }

    private static func withContraction(_ text: Span<UInt8>, _ at: Int, _ end: Int) -> Int {
        guard at < end, text[at] == UInt8(ascii: "'") else { return at }
        let count = contraction(text, at + 1, end, anyCase: true)
        return count > 0 ? at + 1 + count : at
    }
}
