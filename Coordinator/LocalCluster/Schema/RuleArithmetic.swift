import JSONValues

/// The arithmetic of rules: numbers, and texts and lists put together.
enum RuleArithmetic {
    /// Throws where the values have no such operation, an integer leaves 64 bits, or a divisor is 0.
    static func value(
        _ operation: RuleExpression.Operator, _ left: JSONValue, _ right: JSONValue
    ) throws(RuleError) -> JSONValue {
        switch (left, right) {
        case (.integer(let one), .integer(let other)): return .integer(try integer(operation, one, other))
        case (.string(let one), .string(let other)) where operation == .plus: return .string(one + other)
        case (.array(let one), .array(let other)) where operation == .plus: return .array(one + other)
        default: break
        }
        guard let one = left.double, let other = right.double, operation != .modulo else {
            throw RuleError("computes \(operation.rawValue) of values that have none")
        }
        switch operation {
        case .plus: return .double(one + other)
        case .minus: return .double(one - other)
        case .times: return .double(one * other)
        default: return .double(one / other)
        }
    }

    static func negative(_ value: JSONValue) throws(RuleError) -> JSONValue {
        if case .double(let number) = value { return .double(-number) }
        return try self.value(.minus, 0, value)
    }

    private static func integer(
        _ operation: RuleExpression.Operator, _ left: Int64, _ right: Int64
    ) throws(RuleError) -> Int64 {
        if operation == .over || operation == .modulo, right == 0 { throw RuleError("divides by zero") }
        let (value, overflows) =
            switch operation {
            case .plus: left.addingReportingOverflow(right)
            case .minus: left.subtractingReportingOverflow(right)
            case .times: left.multipliedReportingOverflow(by: right)
            case .over: left.dividedReportingOverflow(by: right)
            default: left.remainderReportingOverflow(dividingBy: right)
            }
        if overflows { throw RuleError("has a number of more than 64 bits") }
        return value
    }
}
