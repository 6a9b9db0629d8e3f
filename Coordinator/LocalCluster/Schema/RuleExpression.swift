import JSONValues

/// A parsed rule: the part of the Common Expression Language that schemas use (see `RuleParser`).
indirect enum RuleExpression: Hashable, Sendable {
    case literal(JSONValue)
    case list([RuleExpression])
    case variable(String)
    /// `a.b`
    case member(RuleExpression, String)
    /// `a[b]`
    case element(RuleExpression, RuleExpression)
    /// `has(a.b)`
    case has(RuleExpression, String)
    /// `size(a)` or `a.size()`
    case size(RuleExpression)
    case not(RuleExpression)
    /// `-a`
    case negative(RuleExpression)
    /// A function of one or two values.
    case call(RuleFunction, [RuleExpression])
    case binary(Operator, RuleExpression, RuleExpression)
    /// `a ? b : c`
    case choice(RuleExpression, RuleExpression, RuleExpression)
    /// `a.all(x, b)` and its siblings.
    case quantified(Quantifier, of: RuleExpression, variable: String, RuleExpression)
    /// `a.map(x, b)` and `a.filter(x, b)`.
    case collected(Collector, of: RuleExpression, variable: String, RuleExpression)

    enum Operator: String, Hashable, Sendable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case modulo = "%"
    }

    enum Quantifier: String, Hashable, Sendable {
        case all
        case exists
        case existsOne = "exists_one"
    }

    enum Collector: String, Hashable, Sendable {
        case map
        case filter
    }

    /// Whether a variable of this name occurs in it.
    func mentions(_ name: String) -> Bool {
        switch self {
        case .literal: false
        case .list(let elements), .call(_, let elements): elements.contains { $0.mentions(name) }
        case .variable(let variable): variable == name
        case .member(let base, _), .has(let base, _), .size(let base), .not(let base), .negative(let base):
            base.mentions(name)
        case .element(let base, let index): base.mentions(name) || index.mentions(name)
        case .binary(_, let left, let right): left.mentions(name) || right.mentions(name)
        case .choice(let condition, let yes, let no):
            condition.mentions(name) || yes.mentions(name) || no.mentions(name)
        case .quantified(_, let range, _, let body), .collected(_, let range, _, let body):
            range.mentions(name) || body.mentions(name)
        }
    }
}

/// Why a rule cannot be parsed or evaluated: the end of a sentence that begins with the rule.
struct RuleError: Error, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
