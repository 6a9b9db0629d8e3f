import JSONValues

extension ModelRoute {
    private static let adaptersMax = 10
    private static let rulesMax = 16
    private static let targetsMax = 16

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
        if loraAdapters.count > Self.adaptersMax {
            problems.append(.tooMany("spec.loraAdapters", loraAdapters.count, max: Self.adaptersMax))
        }
        if rules.isEmpty { problems.append(.required("spec.rules", "a route needs at least one rule")) }
        if rules.count > Self.rulesMax { problems.append(.tooMany("spec.rules", rules.count, max: Self.rulesMax)) }
        for (index, rule) in rules.enumerated() { problems += ruleProblems(rule, at: "spec.rules[\(index)]") }
        if let rateLimit { problems += Self.problems(of: rateLimit, at: "spec.rateLimit") }
        return problems + annotationProblems
    }

    private func ruleProblems(_ rule: RouteRule, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if let match = rule.modelMatch { problems += ModelRoute.problems(of: match, at: "\(path).modelMatch") }
        if rule.targetModels.isEmpty {
            problems.append(.required("\(path).targetModels", "a rule needs at least one target"))
            return problems
        }
        if rule.targetModels.count > Self.targetsMax {
            problems.append(.tooMany("\(path).targetModels", rule.targetModels.count, max: Self.targetsMax))
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

    static func problems(of limit: RateLimit, at path: String) -> [FieldProblem] {
        let limits = [
            ("inputTokensPerUnit", limit.inputTokensPerUnit), ("outputTokensPerUnit", limit.outputTokensPerUnit),
        ]
        return limits.compactMap { name, tokens in
            guard let tokens, tokens < 1 else { return nil }
            return .invalid("\(path).\(name)", JSONValue(tokens), "must be 1 or more; leave it out for no limit")
        }
    }

    /// The rules about the conditions on a request.
    static func problems(of match: ModelMatch, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (name, condition) in match.headers.sorted(by: { $0.key < $1.key }) {
            problems += RegexRules.problems(of: condition, at: "\(path).headers[\(name)]")
        }
        if let condition = match.uri { problems += RegexRules.problems(of: condition, at: "\(path).uri") }
        return problems
    }
}
