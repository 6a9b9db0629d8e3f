import OrderedCollections

extension Interpreter {
    func compare(_ first: Expression, _ steps: [ComparisonStep], in scope: Scope) throws(TemplateError) -> Bool {
        var left = try evaluate(first, in: scope)
        for step in steps {
            let right = try evaluate(step.operand, in: scope)
            guard try compare(left, step.comparison, right) else { return false }
            left = right
        }
        return true
    }

    func compare(_ left: Value, _ comparison: Comparison, _ right: Value) throws(TemplateError) -> Bool {
        switch comparison {
        case .equal: try areEqual(left, right)
        case .unequal: !(try areEqual(left, right))
        case .less: try precedes(left, right, "<")
        case .greater: try precedes(right, left, ">")
        case .lessOrEqual: try precedes(left, right, "<=", orEqual: true)
        case .greaterOrEqual: try precedes(right, left, ">=", orEqual: true)
        case .isIn: try contains(right, left)
        case .isNotIn: !(try contains(right, left))
        }
    }

    func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        try spend()
        if let a = left.wholeNumber, let b = right.wholeNumber { return a == b }
        if let a = left.number, let b = right.number { return try areEqual(numbers: left, right, a, b) }
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let a), .string(let b)):
            if a.bytes.count == b.bytes.count { try spend(reading: a) }
            return a == b
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            guard a.count == b.count else { return false }
            return try areAllEqual(a, b)
        case (.dictionary(let a), .dictionary(let b)):
            guard a.count == b.count else { return false }
            for (key, value) in a {
                guard let other = b[key], try nested({ () throws(TemplateError) in try areEqual(value, other) }) else {
                    return false
                }
            }
            return true
        case (.namespace(let a), .namespace(let b)): return a === b
        case (.range, .range), (.view, .view), (.generator, _), (_, .generator), (.view, _), (_, .view):
            throw unsupported("comparing a \(left.typeName) with a \(right.typeName) is not known here")
        default: return false
        }
    }

    private func areEqual(numbers left: Value, _ right: Value, _ a: Double, _ b: Double) throws(TemplateError) -> Bool {
        // A whole number beyond 53 bits is not the double that it would be rounded to.
        if let whole = left.wholeNumber ?? right.wholeNumber, abs(Double(whole)) >= 0x1p53 {
            guard let other = Int(exactly: left.wholeNumber == nil ? a : b) else { return false }
            return whole == other
        }
        return a == b
    }

    private func areAllEqual(_ left: [Value], _ right: [Value]) throws(TemplateError) -> Bool {
        for (a, b) in zip(left, right) {
            guard try nested({ () throws(TemplateError) in try areEqual(a, b) }) else { return false }
        }
        return true
    }

    func nested<Result>(_ work: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        try enter()
        defer { leave() }
        return try work()
    }

    func precedes(
        _ left: Value, _ right: Value, _ sign: String, orEqual: Bool = false
    ) throws(TemplateError) -> Bool {
        try spend()
        if let a = left.wholeNumber, let b = right.wholeNumber { return orEqual ? a <= b : a < b }
        if let a = left.number, let b = right.number { return orEqual ? a <= b : a < b }
        switch (left, right) {
        case (.string(let a), .string(let b)):
            try spend(reading: a)
            return a.precedes(b) || (orEqual && a == b)
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            for (x, y) in zip(a, b) where !(try areEqual(x, y)) {
                return try nested { () throws(TemplateError) in try precedes(x, y, sign, orEqual: orEqual) }
            }
            return orEqual ? a.count <= b.count : a.count < b.count
        default: throw typeFault("'\(sign)'", left, right)
        }
    }

    /// `member in container`.
    func contains(_ container: Value, _ member: Value) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let needle) = member else { throw typeFault("'in' a text", member) }
            try spend(reading: text)
            return text.contains(needle)
        case .dictionary(let members):
            switch member {
            case .undefined, .tuple, .range, .function, .macro, .namespace: return false
            case .bool(let value): return members[.integer(value ? 1 : 0)] != nil
            default: return members[try key(member)] != nil
            }
        case .generator(let generator):
            while let element = generator.rest.popFirst() {
                if try areEqual(element, member) { return true }
            }
            return false
        default:
            for element in try elements(of: container) where try areEqual(element, member) { return true }
            return false
        }
    }

    /// What a loop over the value goes through.
    func elements(of value: Value) throws(TemplateError) -> [Value] {
        switch value {
        case .undefined: return []
        case .list(let elements), .tuple(let elements): return elements
        case .view(let view): return view.elements
        case .dictionary(let members):
            try spend(members.count)
            return members.keys.map(\.value)
        case .string(let text):
            try spend(text.bytes.count)
            return text.characters.map { .string($0) }
        case .range(let progression):
            try spend(progression.count)
            return progression.elements
        case .generator(let generator):
            defer { generator.rest = [] }
            return Array(generator.rest)
        default: throw fault("a \(value.typeName) cannot be gone through")
        }
    }
}
