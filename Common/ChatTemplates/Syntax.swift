/// An expression of a template.
indirect enum Expression: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(Text)
    /// A variable, by its place in the template's list of names.
    case name(Int)
    case list([Expression])
    case tuple([Expression])
    case dictionary([DictionaryEntry])
    case attribute(Expression, String)
    case item(Expression, Expression)
    case slice(Expression, SliceBounds)
    case call(Expression, Arguments)
    /// A filter; without an operand it takes the text of a block.
    case filter(Expression?, String, Arguments)
    case test(Expression, String, Arguments)
    case not(Expression)
    case negative(Expression)
    case positive(Expression)
    case arithmetic(Expression, Arithmetic, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case concatenation([Expression])
    case comparison(Expression, [ComparisonStep])
    case conditional(test: Expression, then: Expression, otherwise: Expression?)
}

struct DictionaryEntry: Sendable {
    var key: Expression
    var value: Expression
}

struct SliceBounds: Sendable {
    var start: Expression?
    var stop: Expression?
    var step: Expression?
}

/// What stands in the parentheses of a call.
struct Arguments: Sendable {
    struct Named: Sendable {
        var name: String
        var value: Expression
    }

    var positional: [Expression] = []
    var named: [Named] = []
}

enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
}

enum Comparison: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
}

/// One operator of a chain of comparisons, with what stands to its right.
struct ComparisonStep: Sendable {
    var comparison: Comparison
    var operand: Expression
}

/// What an assignment or a loop gives values to.
indirect enum Target: Sendable {
    case name(Int)
    case tuple([Target])
    /// A member of a namespace.
    case member(Int, String)
}

/// A statement of a template, with the line it starts in.
struct Statement: Sendable {
    indirect enum Kind: Sendable {
        case text(Text)
        case output(Expression)
        case set(Target, Expression)
        case setBlock(Target, filters: [Expression], body: [Statement])
        case choice([Branch], otherwise: [Statement])
        case loop(ForLoop)
        case macro(MacroDefinition)
        case filter([Expression], body: [Statement])
        case with([Assignment], body: [Statement])
        /// Marks what an assistant wrote; prints its body.
        case generation([Statement])
        case breakLoop
        case continueLoop
    }

    var kind: Kind
    var line: Int
}

struct Branch: Sendable {
    var test: Expression
    var body: [Statement]
}

struct Assignment: Sendable {
    var target: Target
    var value: Expression
}

struct ForLoop: Sendable {
    var target: Target
    var elements: Expression
    /// Keeps the elements that it holds for.
    var condition: Expression?
    var body: [Statement]
    var otherwise: [Statement]
}

struct MacroDefinition: Sendable {
    struct Parameter: Sendable {
        var name: Int
        var initial: Expression?
    }

    var name: Int
    var parameters: [Parameter]
    var body: [Statement]
}
