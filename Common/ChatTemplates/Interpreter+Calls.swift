import OrderedCollections

extension Interpreter {
    func call(_ callee: Expression, _ arguments: Arguments, in scope: Scope) throws(TemplateError) -> Value {
        if case .attribute(let operand, let name) = callee {
            let owner = try evaluate(operand, in: scope)
            let member = try attribute(name, of: owner)
            let values = try evaluate(arguments, in: scope)
            if case .method = member { return try callMethod(name, of: owner, values) }
            return try call(member, values)
        }
        let value = try evaluate(callee, in: scope)
        return try call(value, try evaluate(arguments, in: scope))
    }

    private func call(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        switch value {
        case .undefined(let what): throw undefinedFault(what)
        case .macro(let macro): return .string(try run(macro, arguments))
        case .function(let function): return try run(function, arguments)
        case .cycler(let cycler) where cycler.isJoiner:
            defer { cycler.position = 1 }
            return cycler.position == 0 ? .string(.empty) : cycler.items[0]
        case .method: throw unsupported("a method that was put aside is not known here")
        default: throw fault("a \(value.typeName) cannot be called")
        }
    }

    private func callMethod(_ name: String, of owner: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        if owner.isSafe { throw safeFault("the method '\(name)'") }
        switch owner {
        case .string(let text): return try call(name, of: text, arguments)
        case .dictionary(let members): return try call(name, of: members, arguments)
        case .list(let elements): return try call(name, of: elements, arguments, isTuple: false)
        case .tuple(let elements): return try call(name, of: elements, arguments, isTuple: true)
        case .loop(let loop): return try call(name, of: loop, arguments)
        case .cycler(let cycler):
            if name == "reset" { cycler.position = 0 }
            if name == "reset" { return .none }
            defer { cycler.position = (cycler.position + 1) % cycler.items.count }
            return cycler.items[cycler.position]
        default: throw unsupported("the method '\(name)' of a \(owner.typeName) is not known here")
        }
    }

    private func call(_ name: String, of loop: Loop, _ arguments: CallValues) throws(TemplateError) -> Value {
        guard arguments.named.isEmpty else { throw fault("'loop.\(name)' takes no named arguments") }
        let values = arguments.positional
        if name == "cycle" {
            guard !values.isEmpty else { throw fault("'loop.cycle' needs values") }
            return values[loop.index % values.count]
        }
        defer { loop.last = values }
        guard let last = loop.last else { return .bool(true) }
        return .bool(!(try areEqual(.list(last), .list(values))))
    }

    private func run(_ macro: Macro, _ arguments: CallValues) throws(TemplateError) -> Text {
        try enter()
        defer { leave() }
        let parameters = macro.definition.parameters
        let given = try arguments.bound(to: parameters.map { names[$0.name] }, of: macro.name, line: line)
        let inner = Scope(in: macro.scope)
        keep(inner)
        let called = line
        for (parameter, value) in zip(parameters, given) {
            if let value {
                inner.set(parameter.name, to: value)
            } else if let initial = parameter.initial {
                inner.set(parameter.name, to: try evaluate(initial, in: inner))
            } else {
                let what = "parameter '\(names[parameter.name])' was not provided"
                inner.set(parameter.name, to: .undefined(Text(what)))
            }
        }
        let text = try captured(macro.definition.body, in: inner)
        line = called
        return text
    }

    private func run(_ function: Value.Function, _ arguments: CallValues) throws(TemplateError) -> Value {
        switch function {
        case .range: return .range(try range(arguments))
        case .dict, .namespace:
            var members = Value.Dictionary()
            guard arguments.positional.count <= 1 else { throw fault("'\(function.rawValue)' takes one value") }
            if let first = arguments.positional.first {
                guard case .dictionary(let given) = first else {
                    throw unsupported("'\(function.rawValue)' of a \(first.typeName) is not known here")
                }
                members = given
            }
            for (name, value) in arguments.named { members[.text(name)] = value }
            return function == .dict ? .dictionary(members) : .namespace(Value.Namespace(members))
        case .cycler:
            guard !arguments.positional.isEmpty, arguments.named.isEmpty else { throw fault("'cycler' needs values") }
            return .cycler(Value.Cycler(arguments.positional, isJoiner: false))
        case .joiner:
            let separator = try arguments.bound(to: ["sep"], of: "joiner", line: line)[0] ?? .text(", ")
            return .cycler(Value.Cycler([separator], isJoiner: true))
        case .raiseException:
            let message = try arguments.bound(to: ["message"], of: "raise_exception", line: line)[0]
            throw TemplateError(.raised, try text(of: message ?? .none).string, line: line)
        case .strftimeNow:
            let format = try arguments.bound(to: ["format"], of: "strftime_now", line: line)[0]
            guard case .string(let format)? = format else { throw fault("'strftime_now' needs a format") }
            guard let now else { throw unsupported("the template asks for the date, and none is given") }
            return .string(try now.text(format, line: line))
        }
    }

    private func range(_ arguments: CallValues) throws(TemplateError) -> Value.Progression {
        guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw fault("'range' takes one to three numbers")
        }
        var numbers: [Int] = []
        for value in arguments.positional {
            guard let number = value.wholeNumber else { throw typeFault("'range'", value) }
            guard number.magnitude < 1 << 40 else { throw unsupported("'range' of a number beyond 40 bits") }
            numbers.append(number)
        }
        let range = Value.Progression(
            start: numbers.count > 1 ? numbers[0] : 0, stop: numbers.count > 1 ? numbers[1] : numbers[0],
            step: numbers.count > 2 ? numbers[2] : 1)
        guard range.step != 0 else { throw fault("the step of 'range' is 0") }
        guard range.count <= TemplateLimits.rangeMax else {
            throw TemplateError(.limit, "a range has more than \(TemplateLimits.rangeMax) elements", line: line)
        }
        return range
    }
}
