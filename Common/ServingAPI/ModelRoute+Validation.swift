import JSONValues

extension ModelRoute {
    /// Every rule this object breaks, in the order of its fields.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if modelName.isEmpty, loraAdapters.isEmpty {
            problems.append(.required("spec.modelName", "set modelName, loraAdapters or both"))
        }
        for (index, name) in loraAdapters.enumerated() where name.isEmpty {
            problems.append(
                .invalid("spec.loraAdapters[\(index)]", .string(name), "lora adapter name cannot be an empty string"))
        }
        if rules.isEmpty { problems.append(.required("spec.rules", "a route needs at least one rule")) }
        for (index, rule) in rules.enumerated() { problems += ruleProblems(rule, at: "spec.rules[\(index)]") }
        return problems
    }

    private func ruleProblems(_ rule: RouteRule, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if let match = rule.modelMatch { problems += ModelRoute.problems(of: match, at: "\(path).modelMatch") }
        if rule.targetModels.isEmpty {
            problems.append(.required("\(path).targetModels", "a rule needs at least one target"))
            return problems
        }
        for (index, target) in rule.targetModels.enumerated() {
            let field = "\(path).targetModels[\(index)]"
            if case .externalProvider(let name) = target.backend, !loraAdapters.isEmpty {
                problems.append(
                    .forbidden(
                        "\(field).externalModelProviderName",
                        "a route with loraAdapters cannot go to the external provider '\(name)'"))
            }
            if !(0...100).contains(target.weight) {
                problems.append(.invalid("\(field).weight", JSONValue(target.weight), "must be between 0 and 100"))
            }
        }
        if rule.targetModels.allSatisfy({ $0.weight == 0 }) {
            problems.append(
                .invalid("\(path).targetModels", 0, "the sum of the weights must be above 0, else no target is chosen"))
        }
        return problems
    }

    private static func problems(of match: ModelMatch, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (name, condition) in match.headers.sorted(by: { $0.key < $1.key }) {
            problems += RegexRules.problems(of: condition, at: "\(path).headers[\(name)]")
        }
        if let condition = match.uri { problems += RegexRules.problems(of: condition, at: "\(path).uri") }
        return problems
    }
}
