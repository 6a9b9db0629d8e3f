import JSONValues
import KubernetesAPI

extension AutoscalingPolicy {
    static let targetNames = "homogeneousTarget, heterogeneousTarget and disaggregatedTarget"

    /// Every rule this object breaks, in the order of its fields.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if !(0...100).contains(tolerancePercent) {
            problems.append(.invalid("spec.tolerancePercent", JSONValue(tolerancePercent), "must be between 0 and 100"))
        }
        problems += ScalingMetric.problems(metrics, at: "spec.metrics")
        problems += behavior.problems(at: "spec.behavior")
        problems += targetCountProblems
        if homogeneousTarget != nil || heterogeneousTarget != nil, metrics.isEmpty {
            problems.append(.required("spec.metrics", "at least one metric with its targetValue"))
        }
        problems += homogeneousTarget?.problems(at: "spec.homogeneousTarget") ?? []
        problems += heterogeneousTarget?.problems(at: "spec.heterogeneousTarget") ?? []
        problems += disaggregatedTarget?.problems(at: "spec.disaggregatedTarget", metrics: metrics) ?? []
        return problems
    }

    private var targetCountProblems: [FieldProblem] {
        let count = [homogeneousTarget != nil, heterogeneousTarget != nil, disaggregatedTarget != nil]
            .count { $0 }
        if count == 1 || (count == 0 && isOfEarlierGeneration) { return [] }
        return [
            FieldProblem(
                .invalid, at: "spec", "Invalid value: \(count) targets: set exactly one of \(Self.targetNames)")
        ]
    }
}

extension ScalingMetric {
    static func problems(_ metrics: [ScalingMetric], at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        var names: Set<String> = []
        for (index, metric) in metrics.enumerated() {
            if metric.name.isEmpty { problems.append(.required("\(path)[\(index)].name", "the name of the metric")) }
            if !names.insert(metric.name).inserted {
                problems.append(
                    FieldProblem(
                        .duplicate, at: "\(path)[\(index)].name",
                        "Duplicate value: \(JSONValue.string(metric.name).text()): duplicate metric name "
                            + "\(metric.name) is not allowed; leave one of them out"))
            }
            if metric.targetValue.milli <= 0 {
                problems.append(
                    .invalid(
                        "\(path)[\(index)].targetValue", .string(metric.targetValue.description),
                        "metric target value must be greater than 0 and finite"))
            }
        }
        return problems
    }
}

extension ScalingBehavior {
    private static let durationMax = Duration.seconds(1_800)

    func problems(at path: String) -> [FieldProblem] {
        Self.problems(of: scaleUp, at: "\(path).scaleUp.stablePolicy")
            + Self.problems(of: panic, at: "\(path).scaleUp.panicPolicy")
            + Self.problems(of: scaleDown, at: "\(path).scaleDown")
    }

    private static func problems(of policy: StablePolicy, at path: String) -> [FieldProblem] {
        range(policy.instances, 0...Int(Int32.max), "\(path).instances")
            + range(policy.percent, 0...1_000, "\(path).percent")
            + within(policy.period, "\(path).period")
            + within(policy.stabilizationWindow, "\(path).stabilizationWindow")
    }

    private static func problems(of policy: PanicPolicy, at path: String) -> [FieldProblem] {
        range(policy.percent, 0...1_000, "\(path).percent")
            + within(policy.period, "\(path).period")
            + range(policy.thresholdPercent, 110...1_000, "\(path).panicThresholdPercent")
            + within(policy.hold, "\(path).panicModeHold")
    }

    private static func range(_ value: Int, _ allowed: ClosedRange<Int>, _ path: String) -> [FieldProblem] {
        if allowed.contains(value) { return [] }
        let bound =
            allowed.upperBound == Int(Int32.max) ? "0 or more" : "\(allowed.lowerBound) to \(allowed.upperBound)"
        return [.invalid(path, JSONValue(value), "must be \(bound)")]
    }

    private static func within(_ value: Duration, _ path: String) -> [FieldProblem] {
        if value <= durationMax { return [] }
        return [.invalid(path, .string("\(value / .seconds(1))s"), "must be between 0 and 30m")]
    }
}
