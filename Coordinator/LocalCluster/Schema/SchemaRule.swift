import JSONValues
import ServingAPI

/// One rule of `x-kubernetes-validations`, parsed once.
struct SchemaRule {
    let text: String
    let expression: RuleExpression
    /// Whether it is about a change, so that it only holds where there is an old value.
    let isTransition: Bool
    let message: String
    let kind: FieldProblem.Kind
    /// Appended to the field that a broken rule is reported at.
    let fieldPath: String

    init(_ json: JSONValue, at path: String) throws(SchemaError) {
        text = json["rule"]?.string ?? ""
        if json["messageExpression"] != nil {
            throw SchemaError(path, "has the rule '\(text)' with a messageExpression; only message is supported")
        }
        do throws(RuleError) {
            var parser = try RuleParser(text)
            expression = try parser.expression()
            try parser.end()
        } catch {
            throw SchemaError(path, "has the rule '\(text)', which \(error.description)")
        }
        isTransition = expression.mentions("oldSelf")
        message = json["message"]?.string ?? "failed rule: \(text)"
        kind = json["reason"]?.string.flatMap { FieldProblem.Kind(rawValue: $0) } ?? .invalid
        fieldPath = json["fieldPath"]?.string ?? ""
    }

    /// The problem of a value that breaks the rule; nil where it holds or does not apply.
    func problem(_ value: JSONValue, old: JSONValue?, at path: String) -> FieldProblem? {
        if isTransition, old == nil { return nil }
        var evaluator = RuleEvaluator(variables: ["self": value])
        if let old { evaluator.variables["oldSelf"] = old }
        let fault: String
        do throws(RuleError) {
            if try evaluator.value(of: expression) == .bool(true) { return nil }
            fault = message
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
