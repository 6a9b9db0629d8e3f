import OrderedCollections

extension Interpreter {
    func evaluate(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
        try spend()
        switch expression {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .float(let value): return .float(value)
        case .string(let text): return .string(text)
        case .name(let name): return value(of: name, in: scope)
        default:
            try enter()
            defer { leave() }
            return try evaluateNested(expression, in: scope)
        }
    }

    private func evaluateNested(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
        switch expression {
        case .attribute(let operand, let name): return try attribute(name, of: try evaluate(operand, in: scope))
        case .item(let operand, let index): return try item(operand, index, in: scope)
        case .call(let callee, let arguments): return try call(callee, arguments, in: scope)
        case .comparison(let left, let steps): return .bool(try compare(left, steps, in: scope))
        case .filter(let operand, let name, let arguments):
            guard let operand else { throw fault("a filter without a value") }
            let value = try evaluate(operand, in: scope)
            if case .generator = value { try checkIsTemporary(operand, under: name) }
            return try apply(name, to: value, try evaluate(arguments, in: scope))
        case .test(let operand, let name, let arguments):
            let value = try evaluate(operand, in: scope)
            return .bool(try holds(name, for: value, try evaluate(arguments, in: scope)))
        case .and(let left, let right):
            let value = try evaluate(left, in: scope)
            return value.isTrue ? try evaluate(right, in: scope) : value
        case .or(let left, let right):
            let value = try evaluate(left, in: scope)
            return value.isTrue ? value : try evaluate(right, in: scope)
        case .not(let operand): return .bool(!(try evaluate(operand, in: scope).isTrue))
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test, in: scope).isTrue { return try evaluate(then, in: scope) }
            return try otherwise.map { expression throws(TemplateError) in try evaluate(expression, in: scope) }
                ?? .undefined(Text("the condition has no else"))
        case .arithmetic(let left, let operation, let right):
            let leftValue = try evaluate(left, in: scope)
            return try compute(leftValue, operation, try evaluate(right, in: scope))
        default: return try evaluateComposite(expression, in: scope)
        }
    }

    /// A filter that gives a generator takes from the one under it only when it is asked, in the engine; that makes no
    /// difference where nothing else can take from that one.
    private func checkIsTemporary(_ operand: Expression, under filter: String) throws(TemplateError) {
        if case .filter = operand { return }
        let lazy: Set = ["map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice"]
        if lazy.contains(filter) { throw unsupported("'\(filter)' of a generator in a variable is not known here") }
    }

    private func evaluateComposite(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
        switch expression {
        case .concatenation(let parts):
            var joined: [UInt8] = []
            for part in parts {
                let text = try text(of: try evaluate(part, in: scope))
                try spend(bytes: text.bytes.count)
                joined.append(contentsOf: text.bytes)
            }
            return .string(Text(joined))
        case .slice(let operand, let bounds): return try slice(operand, bounds, in: scope)
        case .list(let elements): return .list(try evaluate(elements, in: scope))
        case .tuple(let elements): return .tuple(try evaluate(elements, in: scope))
        case .dictionary(let entries):
            var dictionary = Value.Dictionary()
            for entry in entries {
                let key = try key(try evaluate(entry.key, in: scope))
                dictionary[key] = try evaluate(entry.value, in: scope)
            }
            return .dictionary(dictionary)
        case .negative(let operand): return try negated(try evaluate(operand, in: scope))
        case .positive(let operand):
            let value = try evaluate(operand, in: scope)
            if let whole = value.wholeNumber { return .integer(whole) }
            guard case .float = value else { throw typeFault("unary +", value) }
            return value
        default: throw unsupported("an expression that is not known here")
        }
    }

    private func evaluate(_ expressions: [Expression], in scope: Scope) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression, in: scope)) }
        return values
    }

    func evaluate(_ arguments: Arguments, in scope: Scope) throws(TemplateError) -> CallValues {
        var values = CallValues(positional: try evaluate(arguments.positional, in: scope))
        for argument in arguments.named {
            values.named.append((argument.name, try evaluate(argument.value, in: scope)))
        }
        return values
    }

    /// A value as a key of a dictionary.
    func key(_ value: Value) throws(TemplateError) -> Value.Key {
        switch value {
        case .none: return .none
        case .integer(let number): return .integer(number)
        case .float(let number): return Int(exactly: number).map { .integer($0) } ?? .number(number)
        case .string(let text): return .string(text)
        case .list, .dictionary: throw fault("a \(value.typeName) cannot be a key")
        default: throw unsupported("a \(value.typeName) as a key is not known here")
        }
    }

    func typeFault(_ operation: String, _ values: Value...) -> TemplateError {
        for case .undefined(let what) in values { return undefinedFault(what) }
        let types = values.map(\.typeName).joined(separator: " and ")
        return fault("\(operation) does not work with \(types)")
    }

    func safeFault(_ what: String) -> TemplateError {
        unsupported("\(what) of a text marked by 'safe' is not known here")
    }

    func undefinedFault(_ what: Text) -> TemplateError { fault(what.string) }
}
