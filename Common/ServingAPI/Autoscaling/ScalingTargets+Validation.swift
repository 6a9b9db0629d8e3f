import JSONValues
import KubernetesAPI

extension ReplicaBounds {
    private static let most = 1_000_000

    func problems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if !(0...Self.most).contains(min) {
            problems.append(.invalid("\(path).minReplicas", JSONValue(min), "must be between 0 and \(Self.most)"))
        }
        if !(1...Self.most).contains(max) {
            problems.append(.invalid("\(path).maxReplicas", JSONValue(max), "must be between 1 and \(Self.most)"))
        }
        if problems.isEmpty, min > max {
            problems.append(
                .invalid("\(path).minReplicas", JSONValue(min), "must be at most maxReplicas (\(max)); swap the two"))
        }
        return problems
    }
}

extension TargetReference {
    func problems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if !kind.isEmpty, kind != "ModelServing" {
            problems.append(.unsupported("\(path).kind", .string(kind), supported: ["ModelServing"]))
        }
        if name.isEmpty { problems.append(.required("\(path).name", "the name of a ModelServing")) }
        return problems
    }
}

extension HomogeneousTarget {
    func problems(at path: String) -> [FieldProblem] {
        target.reference.problems(at: "\(path).target.targetRef") + bounds.problems(at: path)
    }
}

extension HeterogeneousTarget {
    func problems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if parameters.isEmpty { problems.append(.required("\(path).params", "at least one ModelServing")) }
        for (index, parameter) in parameters.enumerated() {
            let field = "\(path).params[\(index)]"
            problems += parameter.target.reference.problems(at: "\(field).target.targetRef")
            if parameter.cost < 0 {
                problems.append(.invalid("\(field).cost", JSONValue(parameter.cost), "must be 0 or more"))
            }
            problems += parameter.bounds.problems(at: field)
        }
        if costExpansionRatePercent < 0 {
            problems.append(
                .invalid(
                    "\(path).costExpansionRatePercent", JSONValue(costExpansionRatePercent), "must be 0 or more"))
        }
        return problems
    }
}

extension DisaggregatedTarget {
    private static let rolesMax = 2

    /// `metrics` are the policy's, for roles without their own.
    func problems(at path: String, metrics: [ScalingMetric]) -> [FieldProblem] {
        var problems = reference.problems(at: "\(path).targetRef")
        if roles.isEmpty { problems.append(.required("\(path).roles", "one or two roles of the ModelServing")) }
        if roles.count > Self.rolesMax { problems.append(.tooMany("\(path).roles", roles.count, max: Self.rolesMax)) }
        for (name, role) in roles.sorted(by: { $0.key < $1.key }) {
            problems += role.problems(at: "\(path).roles[\(name)]", name: name, metrics: metrics)
        }
        if let ratio { problems += ratioProblems(ratio, at: "\(path).ratioConstraint") }
        return problems
    }

    private func ratioProblems(_ ratio: RatioConstraint, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        let names = [("numeratorRole", ratio.numerator), ("denominatorRole", ratio.denominator)]
        for (member, name) in names where roles[name] == nil {
            let known = roles.keys.sorted().joined(separator: ", ")
            problems.append(.invalid("\(path).\(member)", .string(name), "must name one of the roles above: \(known)"))
        }
        if ratio.numerator == ratio.denominator {
            problems.append(
                .invalid(
                    "\(path).denominatorRole", .string(ratio.denominator), "must be another role than numeratorRole"))
        }
        if let min = ratio.min, min.milli < 0 {
            problems.append(.invalid("\(path).minRatio", .string(min.description), "must be 0 or more"))
        }
        if let max = ratio.max, max.milli <= 0 {
            problems.append(.invalid("\(path).maxRatio", .string(max.description), "must be above 0"))
        }
        if let min = ratio.min, let max = ratio.max, min > max {
            problems.append(
                .invalid(
                    "\(path).minRatio", .string(min.description), "must be at most maxRatio (\(max)); swap the two"))
        }
        guard problems.isEmpty, let above = roles[ratio.numerator]?.bounds, let below = roles[ratio.denominator]?.bounds
        else { return problems }
        return reachProblems(ratio, above, below, at: path)
    }

    /// Whether some counts within the bounds have a ratio within the limits.
    private func reachProblems(
        _ ratio: RatioConstraint, _ above: ReplicaBounds, _ below: ReplicaBounds, at path: String
    ) -> [FieldProblem] {
        if (above.min == 0) != (below.min == 0) {
            return [
                .invalid(
                    path, ["numeratorRole": .string(ratio.numerator), "denominatorRole": .string(ratio.denominator)],
                    "both roles or neither must have minReplicas 0: a role alone cannot keep a ratio")
            ]
        }
        // In thousandths, as quantities are; bounds are at most a million, so nothing overflows.
        let greatest = Double(above.max) / Double(max(1, below.min)) * 1_000
        let least = Double(max(1, above.min)) / Double(max(1, below.max)) * 1_000
        if let min = ratio.min, Double(min.milli) > greatest.rounded(.up) {
            return [
                .invalid(
                    "\(path).minRatio", .string(min.description),
                    "cannot be reached: the bounds of the roles allow at most \(above.max) to \(max(1, below.min))")
            ]
        }
        if let max = ratio.max, Double(max.milli) < least.rounded(.down) {
            return [
                .invalid(
                    "\(path).maxRatio", .string(max.description),
                    "cannot be reached: the bounds of the roles allow no less than \(Swift.max(1, above.min)) to "
                        + "\(below.max)")
            ]
        }
        return []
    }
}

extension DisaggregatedTarget.RoleScaling {
    func problems(at path: String, name: String, metrics common: [ScalingMetric]) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if name.isEmpty { problems.append(.required(path, "the name of a role of the ModelServing")) }
        problems += bounds.problems(at: path)
        problems += ScalingMetric.problems(metrics, at: "\(path).metrics")
        if bounds.isFixed { return problems }
        let measured = metrics.isEmpty ? common : metrics
        if measured.isEmpty {
            problems.append(
                .required("\(path).metrics", "minReplicas and maxReplicas differ, so something must be measured"))
        }
        for metric in measured where sources[metric.name] == nil {
            problems.append(.required("\(path).metricSources[\(metric.name)]", "where this metric of the role is read"))
        }
        return problems
    }
}
