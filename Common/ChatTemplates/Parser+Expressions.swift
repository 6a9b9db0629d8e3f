extension Parser {
    /// An expression, or several with commas between: a tuple. In the head of a loop or a condition the words `if` and
    /// `else` belong to the block where `conditional` is false.
    mutating func tupleOrExpression(conditional: Bool = true) throws(TemplateError) -> Expression {
        let first = conditional ? try expression() : try or()
        guard isMark(",") else { return first }
        var elements = [first]
        while skip(.mark(",")) {
            switch kind {
            case .outputEnd, .blockEnd, .mark(")"): return .tuple(elements)
            default: elements.append(conditional ? try expression() : try or())
            }
        }
        return .tuple(elements)
    }

    mutating func expression() throws(TemplateError) -> Expression {
        try nest()
        defer { depth -= 1 }
        var value = try or()
        var chain = 0
        while skip(.name("if")) {
            try lengthen(&chain)
            let test = try or()
            let otherwise: Expression? = skip(.name("else")) ? try expression() : nil
            value = .conditional(test: test, then: value, otherwise: otherwise)
        }
        return value
    }

    private mutating func or() throws(TemplateError) -> Expression {
        var left = try and()
        var chain = 0
        while skip(.name("or")) {
            try lengthen(&chain)
            left = .or(left, try and())
        }
        return left
    }

    private mutating func and() throws(TemplateError) -> Expression {
        var left = try not()
        var chain = 0
        while skip(.name("and")) {
            try lengthen(&chain)
            left = .and(left, try not())
        }
        return left
    }

    private mutating func not() throws(TemplateError) -> Expression {
        guard skip(.name("not")) else { return try comparison() }
        try nest()
        defer { depth -= 1 }
        return .not(try not())
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let left = try arithmetic(level: 0)
        var steps: [ComparisonStep] = []
        while let comparison = nextComparison() {
            steps.append(ComparisonStep(comparison: comparison, operand: try arithmetic(level: 0)))
        }
        return steps.isEmpty ? left : .comparison(left, steps)
    }

    private mutating func nextComparison() -> Comparison? {
        switch kind {
        case .mark(let mark):
            guard let comparison = Comparison(rawValue: mark) else { return nil }
            advance()
            return comparison
        case .name("in"):
            advance()
            return .isIn
        case .name("not"):
            guard tokens[min(position + 1, tokens.count - 1)].kind == .name("in") else { return nil }
            advance()
            advance()
            return .isNotIn
        default: return nil
        }
    }

    /// Levels from loose to tight: sum, concatenation, product, power.
    private mutating func arithmetic(level: Int) throws(TemplateError) -> Expression {
        if level == 1 { return try concatenation() }
        if level == 4 { return try unary(withFilter: true) }
        let operators: [[String]] = [["+", "-"], [], ["*", "/", "//", "%"], ["**"]]
        var left = try arithmetic(level: level + 1)
        var chain = 0
        while case .mark(let mark) = kind, operators[level].contains(mark), let operation = Arithmetic(rawValue: mark) {
            advance()
            try lengthen(&chain)
            left = .arithmetic(left, operation, try arithmetic(level: level + 1))
        }
        return left
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        var parts = [try arithmetic(level: 2)]
        while skip(.mark("~")) { parts.append(try arithmetic(level: 2)) }
        return parts.count == 1 ? parts[0] : .concatenation(parts)
    }

    private mutating func unary(withFilter: Bool) throws(TemplateError) -> Expression {
        try nest()
        defer { depth -= 1 }
        var value: Expression
        if skip(.mark("-")) {
            value = .negative(try unary(withFilter: false))
        } else if skip(.mark("+")) {
            value = .positive(try unary(withFilter: false))
        } else {
            value = try primary()
        }
        value = try postfix(value)
        return withFilter ? try filters(value) : value
    }

    /// Filters, tests and calls of what they give.
    private mutating func filters(_ operand: Expression) throws(TemplateError) -> Expression {
        var value = operand
        var chain = 0
        while true {
            try lengthen(&chain)
            if skip(.mark("|")) {
                value = try filter(of: value)
            } else if skip(.name("is")) {
                value = try test(of: value)
            } else if isMark("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
        }
    }

    mutating func filter(of operand: Expression?) throws(TemplateError) -> Expression {
        let name = try dottedName()
        return .filter(operand, name, isMark("(") ? try arguments() : Arguments())
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try identifier()
        while skip(.mark(".")) { name += "." + (try identifier()) }
        return name
    }

    private mutating func test(of operand: Expression) throws(TemplateError) -> Expression {
        let isNegated = skip(.name("not"))
        let name = try dottedName()
        var arguments = Arguments()
        switch kind {
        case .mark("("): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"): throw fault("tests cannot be chained with 'is'")
        case .name, .string, .integer, .float, .mark("["), .mark("{"):
            arguments.positional = [try postfix(try primary())]
        default: break
        }
        let test = Expression.test(operand, name, arguments)
        return isNegated ? .not(test) : test
    }

    mutating func postfix(_ operand: Expression) throws(TemplateError) -> Expression {
        var value = operand
        var chain = 0
        while true {
            try lengthen(&chain)
            if skip(.mark(".")) {
                switch kind {
                case .name(let name): value = .attribute(value, name)
                case .integer(let index): value = .item(value, .integer(index))
                default: throw fault("a name or a number is expected")
                }
                advance()
            } else if skip(.mark("[")) {
                value = try subscripted(value)
            } else if isMark("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ value: Expression) throws(TemplateError) -> Expression {
        var bounds = SliceBounds()
        if !isMark(":") {
            let index = try expression()
            if skip(.mark("]")) { return .item(value, index) }
            if isMark(",") { throw unsupported("several subscripts are not known here") }
            bounds.start = index
        }
        try expectMark(":")
        if !isMark(":"), !isMark("]") { bounds.stop = try expression() }
        if skip(.mark(":")), !isMark("]") { bounds.step = try expression() }
        try expectMark("]")
        return .slice(value, bounds)
    }

    private mutating func arguments() throws(TemplateError) -> Arguments {
        try expectMark("(")
        var arguments = Arguments()
        while !isMark(")") {
            if !arguments.positional.isEmpty || !arguments.named.isEmpty {
                try expectMark(",")
                if isMark(")") { break }
            }
            if isMark("*") || isMark("**") { throw unsupported("unpacked arguments are not known here") }
            if case .name(let name) = kind, tokens[min(position + 1, tokens.count - 1)].kind == .mark("=") {
                advance()
                advance()
                arguments.named.append(Arguments.Named(name: name, value: try expression()))
            } else {
                guard arguments.named.isEmpty else { throw fault("a positional argument follows a named one") }
                arguments.positional.append(try expression())
            }
        }
        advance()
        return arguments
    }
}
