extension Parser {
    mutating func primary() throws(TemplateError) -> Expression {
        let kind = kind
        switch kind {
        case .name(let name): return try variable(name)
        case .string: return .string(strings())
        case .integer(let value):
            advance()
            return .integer(value)
        case .float(let value):
            advance()
            return .float(value)
        case .mark("("):
            advance()
            return try parenthesised()
        case .mark("["):
            advance()
            return .list(try elements())
        case .mark("{"):
            advance()
            return .dictionary(try entries())
        default: throw fault("a value is expected")
        }
    }

    private mutating func variable(_ name: String) throws(TemplateError) -> Expression {
        switch name {
        case "true", "True":
            advance()
            return .bool(true)
        case "false", "False":
            advance()
            return .bool(false)
        case "none", "None":
            advance()
            return .none
        case "self", "super", "caller", "varargs", "kwargs", "lipsum":
            throw unsupported("the name '\(name)' is not known here")
        case "not", "and", "or", "in", "is", "if", "else", "elif":
            throw fault("'\(name)' stands where a value is expected")
        default:
            advance()
            return .name(place(of: name))
        }
    }

    /// Strings that stand side by side are one.
    private mutating func strings() -> Text {
        var pieces: [Text] = []
        while case .string(let piece) = kind {
            pieces.append(piece)
            advance()
        }
        return pieces.count == 1 ? pieces[0] : Text(pieces.flatMap(\.bytes))
    }

    private mutating func parenthesised() throws(TemplateError) -> Expression {
        if skip(.mark(")")) { return .tuple([]) }
        let value = try tupleOrExpression()
        try expectMark(")")
        return value
    }

    private mutating func elements() throws(TemplateError) -> [Expression] {
        var elements: [Expression] = []
        while !isMark("]") {
            if !elements.isEmpty {
                try expectMark(",")
                if isMark("]") { break }
            }
            elements.append(try expression())
        }
        advance()
        return elements
    }

    private mutating func entries() throws(TemplateError) -> [DictionaryEntry] {
        var entries: [DictionaryEntry] = []
        while !isMark("}") {
            if !entries.isEmpty {
                try expectMark(",")
                if isMark("}") { break }
            }
            let key = try expression()
            try expectMark(":")
            entries.append(DictionaryEntry(key: key, value: try expression()))
        }
        advance()
        return entries
    }
}
