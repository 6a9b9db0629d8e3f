/// Reads a template's tokens into statements.
struct Parser {
    var tokens: [Token]
    var position = 0
    var depth = 0
    /// The variables of the template; expressions know them by their place here.
    var names: [String] = []
    private var places: [String: Int] = [:]

    init(tokens: [Token]) { self.tokens = tokens }

    static func parse(_ template: String) throws(TemplateError) -> (statements: [Statement], names: [String]) {
        var parser = Parser(tokens: try Lexer.tokens(of: template))
        let statements = try parser.body(until: [])
        return (statements, parser.names)
    }

    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        names.append(name)
        places[name] = names.count - 1
        return names.count - 1
    }

    var kind: Token.Kind { tokens[position].kind }
    var line: Int { tokens[position].line }

    func fault(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: line) }
    func unsupported(_ message: String) -> TemplateError { TemplateError(.unsupported, message, line: line) }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    func isMark(_ text: String) -> Bool { kind == .mark(text) }
    func isName(_ text: String) -> Bool { kind == .name(text) }

    mutating func skip(_ wanted: Token.Kind) -> Bool {
        guard kind == wanted else { return false }
        advance()
        return true
    }

    mutating func expect(_ wanted: Token.Kind, _ what: String) throws(TemplateError) {
        guard skip(wanted) else { throw fault("\(what) is expected") }
    }

    mutating func expectMark(_ text: String) throws(TemplateError) { try expect(.mark(text), "'\(text)'") }

    mutating func identifier() throws(TemplateError) -> String {
        guard case .name(let name) = kind else { throw fault("a name is expected") }
        advance()
        return name
    }

    mutating func nest() throws(TemplateError) {
        depth += 1
        if depth > TemplateLimits.syntaxDepthMax {
            throw TemplateError(.limit, "the template nests deeper than \(TemplateLimits.syntaxDepthMax)", line: line)
        }
    }

    /// Counts one more operator of an expression that is as deep as it has operators.
    func lengthen(_ chain: inout Int) throws(TemplateError) {
        chain += 1
        if chain > TemplateLimits.chainMax {
            throw TemplateError(.limit, "an expression has more than \(TemplateLimits.chainMax) operators", line: line)
        }
    }

    /// Statements up to a block of one of these names (its name is the next token), or to the template's end.
    mutating func body(until ends: [String]) throws(TemplateError) -> [Statement] {
        try nest()
        defer { depth -= 1 }
        var statements: [Statement] = []
        while true {
            let line = line
            switch kind {
            case .end:
                guard ends.isEmpty else { throw fault("the template ends where '\(ends[0])' is expected") }
                return statements
            case .text(let text):
                advance()
                statements.append(Statement(kind: .text(text), line: line))
            case .outputBegin:
                advance()
                let value = try tupleOrExpression()
                try expect(.outputEnd, "'}}'")
                statements.append(Statement(kind: .output(Parser.printed(value)), line: line))
            case .blockBegin:
                advance()
                if case .name(let name) = kind, ends.contains(name) { return statements }
                statements.append(Statement(kind: try statement(), line: line))
            default: throw fault("text or a tag is expected")
            }
        }
    }

    /// `safe` as the last filter of what is printed changes nothing, for nothing is escaped.
    private static func printed(_ value: Expression) -> Expression {
        if case .filter(let operand?, "safe", let arguments) = value, arguments.positional.isEmpty { return operand }
        return value
    }
}
