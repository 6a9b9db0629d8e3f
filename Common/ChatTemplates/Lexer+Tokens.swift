/// What stands inside of a tag.
extension Lexer {
    private static let marks: [(StaticString, String)] = [
        ("//", "//"), ("**", "**"), ("==", "=="), ("!=", "!="), (">=", ">="), ("<=", "<="), ("+", "+"), ("-", "-"),
        ("/", "/"), ("*", "*"), ("%", "%"), ("~", "~"), ("[", "["), ("]", "]"), ("(", "("), (")", ")"), ("{", "{"),
        ("}", "}"), (">", ">"), ("<", "<"), ("=", "="), (".", "."), (":", ":"), ("|", "|"), (",", ","), (";", ";"),
    ]

    /// Reads one token or the space before one.
    mutating func token() throws(TemplateError) {
        let byte = source[index]
        switch byte {
        case 0x09...0x0D, 0x20: advance(to: index + 1)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): try string(quote: byte)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): name()
        case 0x80...: throw TemplateError(.unsupported, "a name that is not ASCII", line: line)
        default: try mark()
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: false
        }
    }

    private mutating func name() {
        var end = index
        while end < source.count, Lexer.isWord(source[end]) { end += 1 }
        tokens.append(Token(kind: .name(String(decoding: source[index..<end], as: UTF8.self)), line: line))
        index = end
    }

    private mutating func mark() throws(TemplateError) {
        guard let mark = Lexer.marks.first(where: { starts($0.0, at: index) })?.1 else {
            throw fault("a character that no expression has")
        }
        let byte = source[index]
        switch byte {
        case UInt8(ascii: "("): brackets.append(UInt8(ascii: ")"))
        case UInt8(ascii: "["): brackets.append(UInt8(ascii: "]"))
        case UInt8(ascii: "{"): brackets.append(UInt8(ascii: "}"))
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            guard brackets.popLast() == byte else { throw fault("an unexpected '\(mark)'") }
        default: break
        }
        tokens.append(Token(kind: .mark(mark), line: line))
        index += mark.utf8.count
    }

    /// Whole and fractional numbers of base ten; other bases are refused.
    private mutating func number() throws(TemplateError) {
        var end = index
        var isFloat = false
        let follows = index > 0 && source[index - 1] == UInt8(ascii: ".")
        func isDigit(_ at: Int) -> Bool {
            at < source.count && source[at] >= UInt8(ascii: "0") && source[at] <= UInt8(ascii: "9")
        }
        func skipDigits() {
            while isDigit(end) || (end < source.count && source[end] == UInt8(ascii: "_") && isDigit(end + 1)) {
                end += 1
            }
        }
        skipDigits()
        if !follows, end < source.count, source[end] == UInt8(ascii: "."), isDigit(end + 1) {
            isFloat = true
            end += 1
            skipDigits()
        }
        if !follows, end < source.count, source[end] | 0x20 == UInt8(ascii: "e") {
            let isSigned = end + 1 < source.count && [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(source[end + 1])
            if isDigit(end + (isSigned ? 2 : 1)) {
                isFloat = true
                end += isSigned ? 2 : 1
                skipDigits()
            }
        }
        if end < source.count, Lexer.isWord(source[end]) { throw fault("a number runs into a name") }
        let digits = String(decoding: source[index..<end].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        if isFloat, let value = Double(digits) {
            tokens.append(Token(kind: .float(value), line: line))
        } else if let value = Int(digits), digits.count == 1 || value == 0 || !digits.hasPrefix("0") {
            tokens.append(Token(kind: .integer(value), line: line))
        } else {
            throw fault("a number that cannot be read")
        }
        index = end
    }

    private mutating func string(quote: UInt8) throws(TemplateError) {
        let start = line
        var end = index + 1
        var hasEscape = false
        while end < source.count, source[end] != quote {
            if source[end] == UInt8(ascii: "\\") {
                hasEscape = true
                end += 1
            }
            end += 1
        }
        guard end < source.count else { throw TemplateError(.syntax, "a string has no end", line: start) }
        let content = source[index + 1..<end]
        let text = hasEscape ? try unescaped(content) : Text(content)
        tokens.append(Token(kind: .string(text), line: line))
        advance(to: end + 1)
    }

    /// The escapes of Python; an unknown one stands for itself.
    private func unescaped(_ content: ArraySlice<UInt8>) throws(TemplateError) -> Text {
        var output: [UInt8] = []
        var at = content.startIndex
        while at < content.endIndex {
            let byte = content[at]
            guard byte == UInt8(ascii: "\\"), at + 1 < content.endIndex else {
                output.append(byte)
                at += 1
                continue
            }
            at += 2
            let code = content[at - 1]
            switch code {
            case 0x0A: break
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "a"): output.append(0x07)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "v"): output.append(0x0B)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): output.append(code)
            case UInt8(ascii: "x"): try scalar(2, radix: 16, of: content, at: &at, into: &output)
            case UInt8(ascii: "u"): try scalar(4, radix: 16, of: content, at: &at, into: &output)
            case UInt8(ascii: "U"): try scalar(8, radix: 16, of: content, at: &at, into: &output)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                at -= 1
                let digits = content[at...].prefix(3).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7") }
                try scalar(digits.count, radix: 8, of: content, at: &at, into: &output)
            case UInt8(ascii: "N"): throw TemplateError(.unsupported, "a character by its name in a string", line: line)
            default: output += [UInt8(ascii: "\\"), code]
            }
        }
        return Text(output)
    }

    private func scalar(
        _ digits: Int, radix: Int, of content: ArraySlice<UInt8>, at: inout Int, into output: inout [UInt8]
    ) throws(TemplateError) {
        let text = String(decoding: content[at...].prefix(digits), as: UTF8.self)
        guard text.utf8.count == digits, let value = UInt32(text, radix: radix), !text.hasPrefix("+") else {
            throw fault("an escape in a string that cannot be read")
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw TemplateError(.unsupported, "half of a surrogate pair in a string", line: line)
        }
        output += Array(String(Character(scalar)).utf8)
        at += digits
    }
}
