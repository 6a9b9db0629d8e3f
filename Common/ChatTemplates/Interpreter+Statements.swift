import OrderedCollections

/// What happens after a statement.
enum Flow { case normal, breakLoop, continueLoop }

extension Interpreter {
    func execute(_ statements: [Statement], in scope: Scope) throws(TemplateError) -> Flow {
        try enter()
        defer { leave() }
        for statement in statements {
            try spend()
            line = statement.line
            let flow = try execute(statement.kind, in: scope)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func execute(_ statement: Statement.Kind, in scope: Scope) throws(TemplateError) -> Flow {
        switch statement {
        case .text(let text): try append(text)
        case .output(let expression): try write(evaluate(expression, in: scope))
        case .set(let target, let expression): try assign(try evaluate(expression, in: scope), to: target, in: scope)
        case .setBlock(let target, let filters, let body):
            let text = try filtered(body, by: filters, in: scope)
            try assign(text, to: target, in: scope)
        case .choice(let branches, let otherwise): return try choose(branches, otherwise, in: scope)
        case .loop(let loop): return try run(loop, in: scope)
        case .macro(let definition):
            keep(scope)
            let macro = Macro(name: names[definition.name], definition: definition, scope: scope)
            scope.set(definition.name, to: .macro(macro))
        case .filter(let filters, let body): try write(filtered(body, by: filters, in: scope))
        case .with(let assignments, let body): return try with(assignments, body, in: scope)
        case .generation(let body): return try execute(body, in: Scope(in: scope))
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .normal
    }

    private func filtered(_ body: [Statement], by filters: [Expression], in scope: Scope) throws(TemplateError) -> Value
    {
        let inner = Scope(in: scope)
        var value = Value.string(try captured(body, in: inner))
        for case .filter(_, let name, let arguments) in filters {
            value = try apply(name, to: value, try evaluate(arguments, in: inner))
        }
        return value
    }

    private func choose(
        _ branches: [Branch], _ otherwise: [Statement], in scope: Scope
    ) throws(TemplateError) -> Flow {
        for branch in branches where try evaluate(branch.test, in: scope).isTrue {
            return try execute(branch.body, in: scope)
        }
        return try execute(otherwise, in: scope)
    }

    private func with(_ assignments: [Assignment], _ body: [Statement], in scope: Scope) throws(TemplateError) -> Flow {
        let inner = Scope(in: scope)
        for assignment in assignments {
            try assign(try evaluate(assignment.value, in: scope), to: assignment.target, in: inner)
        }
        return try execute(body, in: inner)
    }

    private func run(_ loop: ForLoop, in scope: Scope) throws(TemplateError) -> Flow {
        var source = try source(of: try evaluate(loop.elements, in: scope))
        source.filter = loop.condition.map { condition in
            Loop.Source.Filter(condition: condition, target: loop.target, scope: Scope(in: scope))
        }
        let state = Loop(source)
        let inner = Scope(in: scope)
        var hasFinishedTurn = false
        while let element = try advance(state) {
            // A macro of an earlier turn keeps that turn's variables.
            let turn = loop.definesMacro ? Scope(in: scope) : inner
            turn.clear()
            turn.set(loopName, to: .loop(state))
            try assign(element, to: loop.target, in: turn)
            let flow = try execute(loop.body, in: turn)
            if flow == .breakLoop { break }
            if flow == .normal { hasFinishedTurn = true }
        }
        // Jinja2 takes a loop for empty as long as no turn came to the end of its body.
        return hasFinishedTurn ? .normal : try execute(loop.otherwise, in: Scope(in: scope))
    }

    func assign(_ value: Value, to target: Target, in scope: Scope) throws(TemplateError) {
        switch target {
        case .name(let name): scope.set(name, to: value)
        case .member(let name, let member):
            guard case .namespace(let space) = self.value(of: name, in: scope) else {
                throw fault("'\(names[name])' is no namespace, so nothing can be assigned to its members")
            }
            space.members[.text(member)] = value
        case .tuple(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                throw fault("\(values.count) values cannot be assigned to \(targets.count) names")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target, in: scope) }
        }
    }
}

extension ForLoop {
    /// Its own body (not that of a loop inside) defines a macro.
    var definesMacro: Bool {
        body.contains { if case .macro = $0.kind { true } else { false } }
    }
}
