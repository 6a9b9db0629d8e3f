/// GPT-2's and cl100k's patterns; what they share.
extension SplitPattern {
    private static let letter = ScalarClass.letter
    private static let number = ScalarClass.number
    private static let space = ScalarClass.space
    private static let newline = ScalarClass.newline

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    @inline(__always)
    static func gpt2End(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int {
        if let word = text.asciiWord(at, end) { return text.letters(word + 1, end, letter, classes) }
        return gpt2OtherEnd(text, at, end, classes)
    }

    private static func gpt2OtherEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>
    ) -> Int {
        let first = text[at]
        if first == UInt8(ascii: "'") {
            let count = contraction(text, at + 1, end, anyCase: false)
            if count > 0 { return at + 1 + count }
        }
        let start = first == 0x20 ? at + 1 : at
        guard start < end else { return end }
        let next = text.step(start, classes)
        let after = start + next.count
        if next.bits & letter != 0 { return text.run(after, end, letter, classes) }
        if next.bits & number != 0 { return text.run(after, end, number, classes) }
        if next.bits & space == 0 { return text.run(after, end, without: letter | number | space, classes) }
        return spacesEnd(text, at, end, classes)
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,M}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|…`
    /// with `\s+(?!\S)|\s+` at its end; M is `digitsMax`.
    @inline(__always)
    static func cl100kEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>, _ digitsMax: Int
    ) -> Int {
        if let word = text.asciiWord(at, end) { return text.letters(word + 1, end, letter, classes) }
        return cl100kOtherEnd(text, at, end, classes, digitsMax)
    }

    private static func cl100kOtherEnd(
        _ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>, _ digitsMax: Int
    ) -> Int {
        let step = text.step(at, classes)
        let after = at + step.count
        if step.bits & letter != 0 { return text.run(after, end, letter, classes) }
        if step.bits & number != 0 { return numbersEnd(text, at, end, classes, digitsMax) }
        let first = text[at]
        if first == UInt8(ascii: "'") {
            let count = contraction(text, after, end, anyCase: true)
            if count > 0 { return after + count }
        }
        let next = after < end ? text.step(after, classes) : TextStep(bits: 0, count: 0)
        if step.bits & newline == 0, next.bits & letter != 0 {
            return text.letters(after + next.count, end, letter, classes)
        }
        if step.bits & space == 0 || (first == 0x20 && after < end && next.bits & (space | letter | number) == 0) {
            let signs = text.run(after, end, without: letter | number | space, classes)
            return text.run(signs, end, newline, classes)
        }
        return linesEnd(text, at, end, classes)
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+` at a space.
    static func linesEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int {
        var position = at
        var last = at
        var afterNewline = at
        while position < end {
            let step = text.step(position, classes)
            if step.bits & space == 0 { break }
            last = position
            position += step.count
            if step.bits & newline != 0 { afterNewline = position }
        }
        if afterNewline > at { return afterNewline }
        // All but the last space when more text follows: that one belongs to what follows.
        return position == end || last == at ? position : last
    }

    /// `\s+(?!\S)|\s+` at a space.
    static func spacesEnd(_ text: Span<UInt8>, _ at: Int, _ end: Int, _ classes: Span<UInt16>) -> Int {
        let position = text.run(at, end, space, classes)
        if position == end { return position }
        let last = text.start(ofScalarBefore: position)
        return last == at ? position : last
    }

    /// The bytes of `s`, `t`, `re`, `ve`, `m`, `ll` or `d` at `at`, 0 for none of them.
    static func contraction(_ text: Span<UInt8>, _ at: Int, _ end: Int, anyCase: Bool) -> Int {
        guard at < end else { return 0 }
        let fold: UInt8 = anyCase ? 0x20 : 0
        let first = text[at] | fold
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 1
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return at + 1 < end && text[at + 1] | fold == UInt8(ascii: "e") ? 2 : 0
        case UInt8(ascii: "l"): return at + 1 < end && text[at + 1] | fold == UInt8(ascii: "l") ? 2 : 0
        default:
            // U+017F, the long s, is an s in another case.
            return anyCase && text.holds([0xC5, 0xBF], at: at, before: end) ? 2 : 0
        }
    }
}
