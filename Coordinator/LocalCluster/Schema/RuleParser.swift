import JSONValues

/// Parses a rule by recursive descent. The language is the part of the Common Expression Language that schemas use:
/// `self`, `oldSelf`, members and elements, `has()`, `size()`, `!`, `&&`, `||`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`,
/// `?:`, `+`, `-`, `*`, `/`, `%`, `all`, `exists`, `exists_one`, `map`, `filter`, the functions of `RuleFunction`,
/// literals and lists. Anything else is an error that names it.
struct RuleParser {
    /// Deeper nesting is refused.
    static let depthMax = 64

    private var tokens: ArraySlice<RuleLexer.Token>
    private var variables: Set<String> = ["self", "oldSelf"]
    private var depth = 0

    init(_ text: String) throws(RuleError) { tokens = try RuleLexer.tokens(of: text)[...] }

    private var next: RuleLexer.Token { tokens.first ?? .end }

    /// Throws unless every token was used.
    func end() throws(RuleError) {
        guard next == .end else { throw unexpected() }
    }

    mutating func expression() throws(RuleError) -> RuleExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RuleParser.depthMax else { throw RuleError("is nested deeper than \(RuleParser.depthMax)") }
        let condition = try binary(level: 0)
        guard take("?") else { return condition }
        let yes = try expression()
        try expect(":")
        return .choice(condition, yes, try expression())
    }

    private static let levels: [[RuleExpression.Operator]] = [
        [.or], [.and], [.equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater, .isIn],
        [.plus, .minus], [.times, .over, .modulo],
    ]

    private mutating func binary(level: Int) throws(RuleError) -> RuleExpression {
        guard level < RuleParser.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        while let found = RuleParser.levels[level].first(where: { next == .symbol($0.rawValue) }) {
            tokens.removeFirst()
            left = .binary(found, left, try binary(level: level + 1))
        }
        return left
    }

    private mutating func unary() throws(RuleError) -> RuleExpression {
        if take("-") { return .negative(try postfix()) }
        var negations = 0
        while take("!") { negations += 1 }
        let operand = try postfix()
        return (0..<negations).reduce(operand) { expression, _ in .not(expression) }
    }

    private mutating func postfix() throws(RuleError) -> RuleExpression {
        var base = try primary()
        while true {
            if take(".") {
                let name = try identifier()
                base = take("(") ? try method(name, of: base) : .member(base, name)
            } else if take("[") {
                base = .element(base, try expression())
                try expect("]")
            } else {
                return base
            }
        }
    }

    private mutating func primary() throws(RuleError) -> RuleExpression {
        if take("(") {
            let inner = try expression()
            try expect(")")
            return inner
        }
        if take("[") { return .list(try arguments(until: "]")) }
        switch next {
        case .literal(let value):
            tokens.removeFirst()
            return .literal(value)
        case .name(let name):
            tokens.removeFirst()
            if take("(") { return try function(name) }
            guard variables.contains(name) else { throw RuleError("uses the unknown name '\(name)'") }
            return .variable(name)
        default: throw unexpected()
        }
    }

    private mutating func function(_ name: String) throws(RuleError) -> RuleExpression {
        let list = try arguments(until: ")")
        switch (name, list.count) {
        case ("has", 1):
            guard case .member(let base, let member) = list[0] else {
                throw RuleError("calls has() on something that is not a member")
            }
            return .has(base, member)
        case ("size", 1): return .size(list[0])
        default:
            if let function = RuleFunction(rawValue: name), !function.isMethod, list.count == function.arity {
                return .call(function, list)
            }
            throw RuleError("calls \(name)(), which is outside the supported rules")
        }
    }

    private mutating func method(_ name: String, of base: RuleExpression) throws(RuleError) -> RuleExpression {
        if name == "size", take(")") { return .size(base) }
        if let function = RuleFunction(rawValue: name), function.isMethod {
            let list = try arguments(until: ")")
            if list.count + 1 == function.arity { return .call(function, [base] + list) }
        } else if let quantifier = RuleExpression.Quantifier(rawValue: name) {
            let (variable, body) = try comprehension()
            return .quantified(quantifier, of: base, variable: variable, body)
        } else if let collector = RuleExpression.Collector(rawValue: name) {
            let (variable, body) = try comprehension()
            return .collected(collector, of: base, variable: variable, body)
        }
        throw RuleError("calls .\(name)(), which is outside the supported rules")
    }

    /// `x, body)`: a variable and what is asked of each of its values.
    private mutating func comprehension() throws(RuleError) -> (variable: String, body: RuleExpression) {
        let variable = try identifier()
        try expect(",")
        let isNew = variables.insert(variable).inserted
        let body = try expression()
        if isNew { variables.remove(variable) }
        try expect(")")
        return (variable, body)
    }

    private mutating func arguments(until closing: String) throws(RuleError) -> [RuleExpression] {
        var list: [RuleExpression] = []
        if take(closing) { return list }
        repeat { list.append(try expression()) } while take(",")
        try expect(closing)
        return list
    }

    private mutating func identifier() throws(RuleError) -> String {
        guard case .name(let name) = next else { throw unexpected() }
        tokens.removeFirst()
        return name
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard next == .symbol(symbol) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func expect(_ symbol: String) throws(RuleError) {
        guard take(symbol) else { throw unexpected() }
    }

    private func unexpected() -> RuleError {
        switch next {
        case .end: RuleError("ends too early")
        case .name(let name): RuleError("has '\(name)' where it cannot stand")
        case .symbol(let symbol): RuleError("has '\(symbol)' where it cannot stand")
        case .literal(let value): RuleError("has \(value.text()) where it cannot stand")
        }
    }
}
