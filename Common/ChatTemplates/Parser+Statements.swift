extension Parser {
    /// A block, from its name to the end of its last tag.
    mutating func statement() throws(TemplateError) -> Statement.Kind {
        let name = try identifier()
        switch name {
        case "set": return try set()
        case "if": return try choice()
        case "for": return try loop()
        case "macro": return try macro()
        case "filter": return try filterBlock()
        case "with": return try with()
        case "print":
            let value = try tupleOrExpression()
            try blockEnd()
            return .output(value)
        case "generation":
            try blockEnd()
            let body = try body(until: ["endgeneration"])
            try closing()
            return .generation(body)
        case "break":
            try blockEnd()
            return .breakLoop
        case "continue":
            try blockEnd()
            return .continueLoop
        case "call", "block", "extends", "include", "import", "from", "autoescape":
            throw unsupported("the block '\(name)' is not known here")
        default: throw fault("there is no block '\(name)'")
        }
    }

    private mutating func blockEnd() throws(TemplateError) { try expect(.blockEnd, "'%}'") }

    /// Passes the name and the end of the tag that closed a body.
    private mutating func closing() throws(TemplateError) {
        advance()
        try blockEnd()
    }

    private mutating func set() throws(TemplateError) -> Statement.Kind {
        let target = try target(allowsMember: true)
        if skip(.mark("=")) {
            let value = try tupleOrExpression()
            try blockEnd()
            return .set(target, value)
        }
        let filters = try filterChain()
        try blockEnd()
        let body = try body(until: ["endset"])
        try closing()
        return .setBlock(target, filters: filters, body: body)
    }

    private mutating func filterChain() throws(TemplateError) -> [Expression] {
        var filters: [Expression] = []
        while skip(.mark("|")) { filters.append(try filter(of: nil)) }
        return filters
    }

    private mutating func filterBlock() throws(TemplateError) -> Statement.Kind {
        let filters = [try filter(of: nil)] + (try filterChain())
        try blockEnd()
        let body = try body(until: ["endfilter"])
        try closing()
        return .filter(filters, body: body)
    }

    private mutating func choice() throws(TemplateError) -> Statement.Kind {
        var branches: [Branch] = []
        while true {
            let test = try tupleOrExpression(conditional: false)
            try blockEnd()
            let body = try body(until: ["elif", "else", "endif"])
            branches.append(Branch(test: test, body: body))
            if skip(.name("elif")) { continue }
            guard skip(.name("else")) else {
                try closing()
                return .choice(branches, otherwise: [])
            }
            try blockEnd()
            let otherwise = try self.body(until: ["endif"])
            try closing()
            return .choice(branches, otherwise: otherwise)
        }
    }

    private mutating func loop() throws(TemplateError) -> Statement.Kind {
        let target = try target(allowsMember: false)
        try expect(.name("in"), "'in'")
        let elements = try tupleOrExpression(conditional: false)
        let condition = skip(.name("if")) ? try expression() : nil
        if isName("recursive") { throw unsupported("recursive loops are not known here") }
        try blockEnd()
        let body = try body(until: ["endfor", "else"])
        var otherwise: [Statement] = []
        if skip(.name("else")) {
            try blockEnd()
            otherwise = try self.body(until: ["endfor"])
        }
        try closing()
        return .loop(
            ForLoop(target: target, elements: elements, condition: condition, body: body, otherwise: otherwise))
    }

    private mutating func macro() throws(TemplateError) -> Statement.Kind {
        let name = place(of: try identifier())
        try expectMark("(")
        var parameters: [MacroDefinition.Parameter] = []
        while !isMark(")") {
            if !parameters.isEmpty { try expectMark(",") }
            let parameter = place(of: try identifier())
            let initial = skip(.mark("=")) ? try expression() : nil
            if initial == nil, parameters.last?.initial != nil {
                throw fault("a parameter without default follows one")
            }
            parameters.append(MacroDefinition.Parameter(name: parameter, initial: initial))
        }
        advance()
        try blockEnd()
        let body = try body(until: ["endmacro"])
        try closing()
        return .macro(MacroDefinition(name: name, parameters: parameters, body: body))
    }

    private mutating func with() throws(TemplateError) -> Statement.Kind {
        var assignments: [Assignment] = []
        while kind != .blockEnd {
            if !assignments.isEmpty { try expectMark(",") }
            let target = try target(allowsMember: false)
            try expectMark("=")
            assignments.append(Assignment(target: target, value: try expression()))
        }
        try blockEnd()
        let body = try body(until: ["endwith"])
        try closing()
        return .with(assignments, body: body)
    }

    /// A name, a member of a namespace, or several of them with commas between.
    private mutating func target(allowsMember: Bool) throws(TemplateError) -> Target {
        var targets = [try singleTarget(allowsMember: allowsMember)]
        var isTuple = false
        while skip(.mark(",")) {
            isTuple = true
            if case .name(let name) = kind, name != "in" {
                targets.append(try singleTarget(allowsMember: allowsMember))
            } else if isMark("(") {
                targets.append(try singleTarget(allowsMember: allowsMember))
            } else {
                break
            }
        }
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func singleTarget(allowsMember: Bool) throws(TemplateError) -> Target {
        try nest()
        defer { depth -= 1 }
        if skip(.mark("(")) {
            let target = try target(allowsMember: false)
            try expectMark(")")
            return target
        }
        let name = try identifier()
        if ["true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if"].contains(name) {
            throw fault("nothing can be assigned to '\(name)'")
        }
        if name == "loop" || name == "caller" || name == "varargs" || name == "kwargs" || name == "self" {
            throw unsupported("the name '\(name)' as a variable of its own is not known here")
        }
        if allowsMember, skip(.mark(".")) { return .member(place(of: name), try identifier()) }
        return .name(place(of: name))
    }
}
