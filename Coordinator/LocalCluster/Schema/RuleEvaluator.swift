import JSONValues

/// Evaluates a rule on one value, within a bound of steps.
struct RuleEvaluator {
    /// Most steps that one rule may take on one value; a rule that needs more is broken.
    static let stepsMax = 1_000_000

    var variables: [String: JSONValue]
    private var steps = 0

    init(variables: [String: JSONValue]) { self.variables = variables }

    /// The value of an expression; throws where a member is missing, types do not fit, or the steps run out.
    mutating func value(of expression: RuleExpression) throws(RuleError) -> JSONValue {
        steps += 1
        guard steps <= RuleEvaluator.stepsMax else {
            throw RuleError("takes more than \(RuleEvaluator.stepsMax) steps on this value")
        }
        switch expression {
        case .literal(let value): return value
        case .list(let elements): return .array(try values(of: elements))
        case .variable(let name):
            guard let value = variables[name] else { throw RuleError("has no value for '\(name)'") }
            return value
        case .member(let base, let name):
            guard let member = try value(of: base)[name] else { throw RuleError("found no such key: \(name)") }
            return member
        case .element(let base, let index): return try element(try value(of: base), at: try value(of: index))
        case .has(let base, let name):
            let object = try value(of: base)
            guard object.object != nil else { throw RuleError("calls has() on what is no object") }
            return .bool(object[name] != nil)
        case .size(let base): return try size(of: try value(of: base))
        case .not(let operand): return .bool(!(try truth(of: operand)))
        case .negative(let operand): return try RuleArithmetic.negative(try value(of: operand))
        case .call(let function, let arguments):
            let values = try values(of: arguments)
            steps += values.reduce(0) { $0 + RuleEvaluator.weight(of: $1) }
            return try function.value(values)
        case .binary(let operation, let left, let right):
            switch operation {
            case .plus, .minus, .times, .over, .modulo:
                return try RuleArithmetic.value(operation, try value(of: left), try value(of: right))
            default: return .bool(try apply(operation, left, right))
            }
        case .choice(let condition, let yes, let no): return try value(of: try truth(of: condition) ? yes : no)
        case .quantified(let quantifier, let range, let variable, let body):
            return .bool(try quantify(quantifier, try elements(of: range), variable, body))
        case .collected(let collector, let range, let variable, let body):
            return .array(try collect(collector, try elements(of: range), variable, body))
        }
    }

    private mutating func values(of expressions: [RuleExpression]) throws(RuleError) -> [JSONValue] {
        var values: [JSONValue] = []
        for expression in expressions { values.append(try value(of: expression)) }
        return values
    }

    private mutating func truth(of expression: RuleExpression) throws(RuleError) -> Bool {
        guard let truth = try value(of: expression).bool else { throw RuleError("needs a boolean where there is none") }
        return truth
    }

    private func element(_ base: JSONValue, at index: JSONValue) throws(RuleError) -> JSONValue {
        let found: JSONValue? =
            switch (base, index) {
            case (.array, .integer(let position)): base[Int(position)]
            case (.object, .string(let key)): base[key]
            default: nil
            }
        guard let found else { throw RuleError("found no such key: \(index.text())") }
        return found
    }

    private mutating func size(of value: JSONValue) throws(RuleError) -> JSONValue {
        switch value {
        case .string(let text):
            steps += text.utf8.count / 10
            return JSONValue(text.unicodeScalars.count)
        case .array(let elements): return JSONValue(elements.count)
        case .object(let object): return JSONValue(object.count)
        default: throw RuleError("takes the size of what has none")
        }
    }

    /// The elements of a list, or the keys of an object.
    private mutating func elements(of range: RuleExpression) throws(RuleError) -> [JSONValue] {
        switch try value(of: range) {
        case .array(let elements): return elements
        case .object(let object): return object.keys.map { .string($0) }
        default: throw RuleError("goes over what is no list and no object")
        }
    }

    private mutating func apply(
        _ operation: RuleExpression.Operator, _ left: RuleExpression, _ right: RuleExpression
    ) throws(RuleError) -> Bool {
        switch operation {
        case .or: return try connect(left, right, deciding: true)
        case .and: return try connect(left, right, deciding: false)
        case .equal: return try equal(try value(of: left), try value(of: right))
        case .notEqual: return !(try equal(try value(of: left), try value(of: right)))
        case .isIn: return try contains(try value(of: right), try value(of: left))
        case .less: return try isLess(try value(of: left), try value(of: right))
        case .greater: return try isLess(try value(of: right), try value(of: left))
        case .lessOrEqual: return !(try isLess(try value(of: right), try value(of: left)))
        default: return !(try isLess(try value(of: left), try value(of: right)))
        }
    }

    /// `&&` and `||`: an operand that decides does so even where the other one fails.
    private mutating func connect(
        _ left: RuleExpression, _ right: RuleExpression, deciding: Bool
    ) throws(RuleError) -> Bool {
        var fault: RuleError?
        do throws(RuleError) {
            if try truth(of: left) == deciding { return deciding }
        } catch {
            fault = error
        }
        let isDecided = try truth(of: right) == deciding
        if let fault, !isDecided { throw fault }
        return isDecided ? deciding : !deciding
    }

    private mutating func equal(_ left: JSONValue, _ right: JSONValue) throws(RuleError) -> Bool {
        steps += RuleEvaluator.weight(of: left)
        if let one = left.double, let other = right.double { return one == other }
        return left == right
    }

    private mutating func contains(_ range: JSONValue, _ value: JSONValue) throws(RuleError) -> Bool {
        switch range {
        case .array(let elements):
            for element in elements {
                steps += 1
                if try equal(element, value) { return true }
            }
            return false
        case .object(let object): return value.string.map { object[$0] != nil } ?? false
        default: throw RuleError("uses 'in' on what is no list and no object")
        }
    }

    private func isLess(_ left: JSONValue, _ right: JSONValue) throws(RuleError) -> Bool {
        if let one = left.double, let other = right.double { return one < other }
        if let one = left.string, let other = right.string { return one < other }
        throw RuleError("compares values that have no order")
    }

    private mutating func quantify(
        _ quantifier: RuleExpression.Quantifier, _ elements: [JSONValue], _ variable: String, _ body: RuleExpression
    ) throws(RuleError) -> Bool {
        let outer = variables[variable]
        defer { variables[variable] = outer }
        var matches = 0
        var fault: RuleError?
        for element in elements {
            variables[variable] = element
            do throws(RuleError) {
                let holds = try truth(of: body)
                if quantifier == .all, !holds { return false }
                if quantifier == .exists, holds { return true }
                if holds { matches += 1 }
            } catch {
                guard quantifier != .existsOne, steps <= RuleEvaluator.stepsMax else { throw error }
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return quantifier == .all || (quantifier == .existsOne && matches == 1)
    }

    private mutating func collect(
        _ collector: RuleExpression.Collector, _ elements: [JSONValue], _ variable: String, _ body: RuleExpression
    ) throws(RuleError) -> [JSONValue] {
        let outer = variables[variable]
        defer { variables[variable] = outer }
        var found: [JSONValue] = []
        for element in elements {
            variables[variable] = element
            switch collector {
            case .map: found.append(try value(of: body))
            case .filter: if try truth(of: body) { found.append(element) }
            }
        }
        return found
    }

    /// Steps that comparing a value costs: its parts.
    private static func weight(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): elements.reduce(1) { $0 + weight(of: $1) }
        case .object(let object): object.reduce(1) { $0 + 1 + weight(of: $1.value) }
        case .string(let text): 1 + text.utf8.count / 10
        default: 1
        }
    }
}
