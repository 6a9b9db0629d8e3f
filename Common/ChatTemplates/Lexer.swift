/// Cuts a template into tokens, with the white space rules that the engine sets: the line end after a block and the
/// space before one that starts its line are dropped, and `-` or `+` beside a delimiter drops more or nothing.
struct Lexer {
    let source: [UInt8]
    var index = 0
    var line = 1
    var tokens: [Token] = []
    /// Closing brackets that are awaited: inside of them no delimiter ends a tag.
    var brackets: [UInt8] = []

    /// Line ends become \n, and one at the end of the template is dropped.
    init(_ template: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(template.utf8.count)
        var previous: UInt8 = 0
        for byte in template.utf8 {
            if byte == 0x0A, previous == 0x0D {
                previous = byte
                continue
            }
            bytes.append(byte == 0x0D ? 0x0A : byte)
            previous = byte
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        source = bytes
    }

    static func tokens(of template: String) throws(TemplateError) -> [Token] {
        guard template.utf8.count <= TemplateLimits.templateBytesMax else {
            throw TemplateError(.limit, "the chat template has more than \(TemplateLimits.templateBytesMax) bytes")
        }
        var lexer = Lexer(template)
        try lexer.run()
        return lexer.tokens
    }

    func fault(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: line) }

    private mutating func run() throws(TemplateError) {
        while let begin = nextDelimiter() {
            let delimiter = source[begin + 1]
            let sign = begin + 2 < source.count ? source[begin + 2] : 0
            let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
            let end = textEnd(before: begin, isOutput: delimiter == UInt8(ascii: "{"), sign: sign)
            emitText(index..<end)
            advance(to: begin + (isSigned ? 3 : 2))
            switch delimiter {
            case UInt8(ascii: "#"): try skipComment()
            case UInt8(ascii: "{"): try tag(isOutput: true)
            default:
                if let body = rawBody() { try raw(from: body) } else { try tag(isOutput: false) }
            }
        }
        emitText(index..<source.count)
        tokens.append(Token(kind: .end, line: line))
    }

    /// Where the next `{{`, `{%` or `{#` stands.
    private func nextDelimiter() -> Int? {
        var at = index
        while at + 1 < source.count {
            if source[at] == UInt8(ascii: "{") {
                let next = source[at + 1]
                if next == UInt8(ascii: "{") || next == UInt8(ascii: "%") || next == UInt8(ascii: "#") { return at }
            }
            at += 1
        }
        return nil
    }

    /// Where the text before a tag ends once the tag's sign and the rule for starts of lines have cut it.
    private func textEnd(before begin: Int, isOutput: Bool, sign: UInt8) -> Int {
        let text = Text(source[index..<begin])
        if sign == UInt8(ascii: "-") { return text.trimmed(start: false, end: true, of: nil).bytes.endIndex }
        if sign == UInt8(ascii: "+") || isOutput { return begin }
        let lineStart = source[index..<begin].lastIndex(of: 0x0A).map { $0 + 1 }
        guard let start = lineStart ?? (index == 0 || source[index - 1] == 0x0A ? index : nil) else { return begin }
        let rest = Text(source[start..<begin])
        return rest.trimmed(start: true, end: false, of: nil).isEmpty ? start : begin
    }

    private mutating func emitText(_ range: Range<Int>) {
        if !range.isEmpty { tokens.append(Token(kind: .text(Text(source[range])), line: line)) }
        advance(to: range.upperBound)
    }

    mutating func advance(to end: Int) {
        for at in index..<max(index, end) where source[at] == 0x0A { line += 1 }
        index = end
    }

    func starts(_ text: StaticString, at position: Int) -> Bool {
        let size = text.utf8CodeUnitCount
        guard position + size <= source.count else { return false }
        return text.withUTF8Buffer { unsafe source[position..<position + size].elementsEqual($0) }
    }

    private mutating func skipSpace() {
        let rest = Text(source[index...]).trimmed(start: true, end: false, of: nil)
        advance(to: rest.bytes.startIndex)
    }

    /// Passes the end of a block or comment (`%}`, `-%}`, `+%}` by its last two characters) if it stands here.
    private mutating func passEnd(_ last: StaticString, trimsLine: Bool) -> Bool {
        if starts(last, at: index) {
            advance(to: index + 2)
            if trimsLine, index < source.count, source[index] == 0x0A { advance(to: index + 1) }
            return true
        }
        guard index < source.count, starts(last, at: index + 1) else { return false }
        if source[index] == UInt8(ascii: "-") {
            advance(to: index + 3)
            skipSpace()
            return true
        }
        guard trimsLine, source[index] == UInt8(ascii: "+") else { return false }
        advance(to: index + 3)
        return true
    }

    private mutating func skipComment() throws(TemplateError) {
        let start = line
        while index < source.count {
            if passEnd("#}", trimsLine: true) { return }
            advance(to: index + 1)
        }
        throw TemplateError(.syntax, "a comment has no end", line: start)
    }

    private mutating func tag(isOutput: Bool) throws(TemplateError) {
        tokens.append(Token(kind: isOutput ? .outputBegin : .blockBegin, line: line))
        let start = line
        while index < source.count {
            let at = line
            if brackets.isEmpty, passEnd(isOutput ? "}}" : "%}", trimsLine: !isOutput) {
                tokens.append(Token(kind: isOutput ? .outputEnd : .blockEnd, line: at))
                return
            }
            try token()
        }
        throw TemplateError(.syntax, "a tag has no end", line: start)
    }

    /// Where the text of a `raw` block starts if this tag opens one.
    private mutating func rawBody() -> Int? {
        var probe = self
        probe.skipSpace()
        guard probe.starts("raw", at: probe.index) else { return nil }
        probe.advance(to: probe.index + 3)
        probe.skipSpace()
        guard probe.passEnd("%}", trimsLine: false) else { return nil }
        return probe.index
    }

    private mutating func raw(from body: Int) throws(TemplateError) {
        advance(to: body)
        var at = body
        while at < source.count {
            defer { at += 1 }
            guard starts("{%", at: at) else { continue }
            var probe = self
            probe.advance(to: at + 2)
            let sign = probe.index < source.count ? source[probe.index] : 0
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { probe.advance(to: probe.index + 1) }
            probe.skipSpace()
            guard probe.starts("endraw", at: probe.index) else { continue }
            probe.advance(to: probe.index + 6)
            probe.skipSpace()
            guard probe.passEnd("%}", trimsLine: true) else { continue }
            let end = textEnd(before: at, isOutput: false, sign: sign)
            emitText(index..<end)
            advance(to: probe.index)
            return
        }
        throw fault("a raw block has no end")
    }
}
