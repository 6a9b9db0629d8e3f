import JSONValues

/// Cuts the text of a rule into tokens.
struct RuleLexer {
    enum Token: Hashable {
        case name(String)
        case literal(JSONValue)
        /// An operator or a bracket.
        case symbol(String)
        case end
    }

    /// Longer rules are refused.
    static let bytesMax = 4_096

    private static let symbols = [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", ".", ",", "(", ")", "[", "]", "+", "-", "*",
        "/", "%",
    ]

    static func tokens(of text: String) throws(RuleError) -> [Token] {
        guard text.utf8.count <= bytesMax else { throw RuleError("is longer than \(bytesMax) bytes") }
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
            } else if first == "\"" || first == "'" {
                tokens.append(.literal(.string(try quoted(&rest, by: first))))
            } else if first.isASCII, first.isNumber {
                tokens.append(.literal(try number(&rest)))
            } else if first == "_" || (first.isASCII && first.isLetter) {
                let name = rest.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
                rest = rest.dropFirst(name.count)
                tokens.append(token(String(name)))
            } else if let symbol = symbols.first(where: { rest.hasPrefix($0) }) {
                rest = rest.dropFirst(symbol.count)
                tokens.append(.symbol(symbol))
            } else {
                throw RuleError("uses '\(first)', which is outside the supported rules")
            }
        }
        return tokens + [.end]
    }

    private static func token(_ name: String) -> Token {
        switch name {
        case "true": .literal(true)
        case "false": .literal(false)
        case "null": .literal(.null)
        case "in": .symbol("in")
        default: .name(name)
        }
    }

    private static func number(_ rest: inout Substring) throws(RuleError) -> JSONValue {
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(digits.count)
        if let integer = Int64(digits) { return .integer(integer) }
        guard let double = Double(digits) else { throw RuleError("has the malformed number '\(digits)'") }
        return .double(double)
    }

    private static func quoted(_ rest: inout Substring, by quote: Character) throws(RuleError) -> String {
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            if character != "\\" {
                text.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case .some(let escaped) where escaped == "\\" || escaped == "\"" || escaped == "'": text.append(escaped)
            default: throw RuleError("has an unknown escape in a string")
            }
        }
        throw RuleError("has a string without its closing quote")
    }
}
