/// What stands after `is`.
extension Interpreter {
    func holds(_ name: String, for value: Value, _ arguments: CallValues) throws(TemplateError) -> Bool {
        if let comparison = Interpreter.comparisons[name] {
            guard arguments.positional.count == 1, arguments.named.isEmpty else {
                throw fault("the test '\(name)' takes one value")
            }
            return try compare(value, comparison, arguments.positional[0])
        }
        switch name {
        case "divisibleby":
            guard let number = try arguments.bound(to: ["num"], of: name, line: line)[0] else {
                throw fault("the test 'divisibleby' takes a number")
            }
            return try areEqual(try compute(value, .remainder, number), .integer(0))
        case "sameas": return try isSame(value, try arguments.bound(to: ["other"], of: name, line: line)[0] ?? .none)
        default:
            guard arguments.isEmpty else { throw fault("the test '\(name)' takes no value") }
            return try isKind(name, value)
        }
    }

    private static let comparisons: [String: Comparison] = [
        "==": .equal, "eq": .equal, "equalto": .equal, "!=": .unequal, "ne": .unequal, ">": .greater, "gt": .greater,
        "greaterthan": .greater, "ge": .greaterOrEqual, ">=": .greaterOrEqual, "<": .less, "lt": .less,
        "lessthan": .less, "<=": .lessOrEqual, "le": .lessOrEqual, "in": .isIn,
    ]

    private func isSame(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.none, .none): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.none, _), (_, .none), (.bool, _), (_, .bool): return false
        default: throw unsupported("'sameas' of a \(left.typeName) is not known here")
        }
    }

    private func isKind(_ name: String, _ value: Value) throws(TemplateError) -> Bool {
        switch (name, value) {
        case ("defined", .undefined), ("undefined", _): return name == "undefined" && isUndefined(value)
        case ("defined", _): return true
        case ("none", .none), ("boolean", .bool), ("string", .string), ("mapping", .dictionary): return true
        case ("integer", .integer), ("float", .float), ("number", .bool), ("number", .integer), ("number", .float):
            return true
        case ("none", _), ("boolean", _), ("string", _), ("mapping", _), ("integer", _), ("float", _), ("number", _):
            return false
        case ("true", .bool(let isTrue)): return isTrue
        case ("false", .bool(let isTrue)): return !isTrue
        case ("true", _), ("false", _): return false
        case ("sequence", _): return isSequence(value)
        case ("iterable", _): return isSequence(value) || isIterable(value)
        case ("callable", .macro), ("callable", .function), ("callable", .method): return true
        case ("callable", .cycler), ("callable", .namespace), ("callable", .loop), ("callable", .undefined):
            throw unsupported("the test 'callable' of a \(value.typeName) is not known here")
        case ("callable", _): return false
        case ("odd", _): return try areEqual(try compute(value, .remainder, .integer(2)), .integer(1))
        case ("even", _): return try areEqual(try compute(value, .remainder, .integer(2)), .integer(0))
        case ("upper", _): return try text(of: value).isAllCased(upper: true)
        case ("lower", _): return try text(of: value).isAllCased(upper: false)
        default: throw unsupported("the test '\(name)' is not known here")
        }
    }

    private func isUndefined(_ value: Value) -> Bool { if case .undefined = value { true } else { false } }

    private func isSequence(_ value: Value) -> Bool {
        switch value {
        case .undefined, .string, .list, .tuple, .dictionary, .range: true
        default: false
        }
    }

    private func isIterable(_ value: Value) -> Bool {
        switch value {
        case .view, .generator, .loop: true
        default: false
        }
    }
}
