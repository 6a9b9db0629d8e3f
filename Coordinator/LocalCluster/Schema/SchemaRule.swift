import JSONValues
import ServingAPI

/// One rule of `x-kubernetes-validations`, parsed once.
struct SchemaRule {
    let text: String
    let expression: RuleExpression
    /// Whether it is about a change, so that it only holds where there is an old value.
    let isTransition: Bool
    let message: String
    /// Makes the message from the value; nil where it is always the same.
    let messageExpression: RuleExpression?
    let kind: FieldProblem.Kind
    /// Appended to the field that a broken rule is reported at.
    let fieldPath: String

    init(_ json: JSONValue, at path: String) throws(SchemaError) {
        text = json["rule"]?.string ?? ""
        if json["optionalOldSelf"] == true {
            throw SchemaError(path, "has the rule '\(text)' with optionalOldSelf, which is not supported")
        }
        expression = try SchemaRule.parsed(text, at: path)
        messageExpression = try json["messageExpression"]?.string.map { text throws(SchemaError) in
            try SchemaRule.parsed(text, at: path)
        }
        isTransition = expression.mentions("oldSelf")
        message = json["message"]?.string ?? "failed rule: \(text)"
        kind = json["reason"]?.string.flatMap { FieldProblem.Kind(rawValue: $0) } ?? .invalid
        fieldPath = json["fieldPath"]?.string ?? ""
    }

    private static func parsed(_ text: String, at path: String) throws(SchemaError) -> RuleExpression {
        do throws(RuleError) {
            var parser = try RuleParser(text)
            let expression = try parser.expression()
            try parser.end()
            return expression
        } catch {
            throw SchemaError(path, "has the rule '\(text)', which \(error.description)")
        }
    }

    /// The problem of a value that breaks the rule; nil where it holds or does not apply.
    func problem(_ value: JSONValue, old: JSONValue?, at path: String) -> FieldProblem? {
        if isTransition, old == nil { return nil }
        var evaluator = RuleEvaluator(variables: ["self": value])
        if let old { evaluator.variables["oldSelf"] = old }
        let fault: String
        do throws(RuleError) {
            if try evaluator.value(of: expression) == .bool(true) { return nil }
            let made = try? messageExpression.map { try evaluator.value(of: $0) }
            fault = made?.string ?? message
        } catch {
            fault = "rule '\(text)' \(error.description)"
        }
        let field = path + fieldPath
        switch kind {
        case .required: return .required(field, fault)
        case .forbidden: return .forbidden(field, fault)
        case .duplicate: return .duplicate(field, value)
        default: break
        }
        // Objects and lists may be long, so the message does not repeat them.
        switch value {
        case .object, .array: return FieldProblem(.invalid, at: field, "Invalid value: \(fault)")
        default: return .invalid(field, value, fault)
        }
    }
}
