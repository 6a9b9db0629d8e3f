/// The loops, macros, assignments and calls of a template, each in the order in which a reader meets them.
struct TemplateTree {
    struct LoopEntry {
        var loop: ForLoop
        /// The macros around the loop, the innermost last, by their places in `macros`.
        var macros: [Int]
    }

    private(set) var loops: [LoopEntry] = []
    private(set) var macros: [MacroDefinition] = []
    private(set) var assignments: [Assignment] = []
    /// Calls of a name, with what stands in their parentheses.
    private(set) var calls: [(callee: Int, arguments: Arguments)] = []
    private var around: [Int] = []

    init(_ statements: [Statement]) { visit(statements) }

    private mutating func visit(_ statements: [Statement]) {
        for statement in statements { visit(statement.kind) }
    }

    private mutating func visit(_ statement: Statement.Kind) {
        switch statement {
        case .text, .breakLoop, .continueLoop: break
        case .output(let value): visit(value)
        case .set(let target, let value):
            assignments.append(Assignment(target: target, value: value))
            visit(value)
        case .setBlock(_, let filters, let body), .filter(let filters, let body):
            filters.forEach { visit($0) }
            visit(body)
        case .choice(let branches, let otherwise):
            for branch in branches {
                visit(branch.test)
                visit(branch.body)
            }
            visit(otherwise)
        case .loop(let loop): visit(loop)
        case .macro(let macro):
            macros.append(macro)
            around.append(macros.count - 1)
            macro.parameters.forEach { if let initial = $0.initial { visit(initial) } }
            visit(macro.body)
            around.removeLast()
        case .with(let assignments, let body):
            assignments.forEach { visit($0.value) }
            visit(body)
        case .generation(let body): visit(body)
        }
    }

    private mutating func visit(_ loop: ForLoop) {
        loops.append(LoopEntry(loop: loop, macros: around))
        visit(loop.elements)
        visit(loop.body)
        visit(loop.otherwise)
        if let condition = loop.condition { visit(condition) }
    }

    private mutating func visit(_ expression: Expression) {
        switch expression {
        case .none, .bool, .integer, .float, .string, .name: break
        case .list(let elements), .tuple(let elements), .concatenation(let elements): elements.forEach { visit($0) }
        case .dictionary(let entries):
            for entry in entries {
                visit(entry.key)
                visit(entry.value)
            }
        case .attribute(let operand, _), .not(let operand), .negative(let operand), .positive(let operand):
            visit(operand)
        case .item(let left, let right), .and(let left, let right), .or(let left, let right),
            .arithmetic(let left, _, let right):
            visit(left)
            visit(right)
        case .slice(let operand, let bounds):
            visit(operand)
            for bound in [bounds.start, bounds.stop, bounds.step] { if let bound { visit(bound) } }
        case .call(let callee, let arguments):
            if case .name(let name) = callee { calls.append((name, arguments)) }
            visit(callee)
            visit(arguments)
        case .filter(let operand, _, let arguments):
            if let operand { visit(operand) }
            visit(arguments)
        case .test(let operand, _, let arguments):
            visit(operand)
            visit(arguments)
        case .comparison(let first, let steps):
            visit(first)
            steps.forEach { visit($0.operand) }
        case .conditional(let test, let then, let otherwise):
            visit(test)
            visit(then)
            if let otherwise { visit(otherwise) }
        }
    }

    private mutating func visit(_ arguments: Arguments) {
        arguments.positional.forEach { visit($0) }
        arguments.named.forEach { visit($0.value) }
    }
}
