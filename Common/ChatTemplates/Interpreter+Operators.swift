extension Interpreter {
    func compute(_ left: Value, _ operation: Arithmetic, _ right: Value) throws(TemplateError) -> Value {
        if let a = left.wholeNumber, let b = right.wholeNumber { return try compute(a, operation, b) }
        if let a = left.number, let b = right.number { return try compute(a, operation, b) }
        if left.isSafe || right.isSafe { throw safeFault("'\(operation.rawValue)'") }
        switch (operation, left, right) {
        case (.add, .string(let a), .string(let b)):
            try spend(bytes: a.bytes.count + b.bytes.count)
            return .string(Text(a.bytes + b.bytes))
        case (.add, .list(let a), .list(let b)):
            try spend(a.count + b.count)
            return .list(a + b)
        case (.add, .tuple(let a), .tuple(let b)):
            try spend(a.count + b.count)
            return .tuple(a + b)
        case (.multiply, _, _):
            if let count = right.wholeNumber { return try repeated(left, count) }
            if let count = left.wholeNumber { return try repeated(right, count) }
        case (.remainder, .string, _): throw unsupported("'%' with a text is not known here")
        default: break
        }
        throw typeFault("'\(operation.rawValue)'", left, right)
    }

    private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value {
        let count = max(count, 0)
        switch value {
        case .string(let text):
            guard text.bytes.count.multipliedReportingOverflow(by: count).overflow == false else {
                throw TemplateError(.limit, "the chat template makes more than \(limits.bytesMax) bytes", line: line)
            }
            try spend(bytes: text.bytes.count * count)
            var bytes: [UInt8] = []
            if !text.isEmpty { for _ in 0..<count { bytes.append(contentsOf: text.bytes) } }
            return .string(Text(bytes))
        case .list(let elements): return .list(try repeated(elements, count))
        case .tuple(let elements): return .tuple(try repeated(elements, count))
        default: throw typeFault("'*'", value, .integer(count))
        }
    }

    private func repeated(_ elements: [Value], _ count: Int) throws(TemplateError) -> [Value] {
        let (size, overflow) = elements.count.multipliedReportingOverflow(by: count)
        try spend(overflow ? limits.stepsMax : size)
        return elements.isEmpty ? [] : (0..<count).flatMap { _ in elements }
    }

    private func compute(_ a: Int, _ operation: Arithmetic, _ b: Int) throws(TemplateError) -> Value {
        var result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = a.addingReportingOverflow(b)
        case .subtract: result = a.subtractingReportingOverflow(b)
        case .multiply: result = a.multipliedReportingOverflow(by: b)
        case .divide:
            guard b != 0 else { throw fault("division by zero") }
            guard abs(Double(a)) < 0x1p53, abs(Double(b)) < 0x1p53 else {
                throw unsupported("dividing numbers beyond 53 bits is not known here")
            }
            return .float(Double(a) / Double(b))
        case .floorDivide, .remainder:
            guard b != 0 else { throw fault("division by zero") }
            guard b != -1 else { return operation == .remainder ? .integer(0) : try compute(0, .subtract, a) }
            let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
            let isDown = rest != 0 && (rest < 0) != (b < 0)
            return .integer(operation == .remainder ? (isDown ? rest + b : rest) : (isDown ? quotient - 1 : quotient))
        case .power:
            guard b >= 0 else { throw unsupported("a negative power is not known here") }
            result = (1, false)
            if a == 0 || a == 1 || a == -1 { return .integer(b == 0 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : a) }
            for _ in 0..<b where !result.overflow { result = result.partialValue.multipliedReportingOverflow(by: a) }
        }
        guard !result.overflow else { throw unsupported("a number beyond 64 bits is not known here") }
        return .integer(result.partialValue)
    }

    private func compute(_ a: Double, _ operation: Arithmetic, _ b: Double) throws(TemplateError) -> Value {
        switch operation {
        case .add: return .float(a + b)
        case .subtract: return .float(a - b)
        case .multiply: return .float(a * b)
        case .divide:
            guard b != 0 else { throw fault("division by zero") }
            return .float(a / b)
        case .floorDivide, .remainder:
            guard b != 0 else { throw fault("division by zero") }
            var rest = a.truncatingRemainder(dividingBy: b)
            var quotient = (a - rest) / b
            if rest != 0, (rest < 0) != (b < 0) {
                rest += b
                quotient -= 1
            }
            if rest == 0 { rest = b < 0 ? -0.0 : 0.0 }
            if operation == .remainder { return .float(rest) }
            if quotient == 0 { return .float((a / b).sign == .minus ? -0.0 : 0.0) }
            let whole = quotient.rounded(.down)
            return .float(quotient - whole > 0.5 ? whole + 1 : whole)
        case .power: throw unsupported("powers of fractional numbers are not known here")
        }
    }

    func negated(_ value: Value) throws(TemplateError) -> Value {
        if let whole = value.wholeNumber { return try compute(0, .subtract, whole) }
        guard case .float(let number) = value else { throw typeFault("unary -", value) }
        return .float(-number)
    }
}
