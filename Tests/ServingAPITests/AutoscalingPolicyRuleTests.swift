import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct AutoscalingPolicyRuleTests {
    static let homogeneous = "spec.homogeneousTarget"
    static let reference: JSONValue = ["targetRef": ["name": "ds"]]
    static let prometheus: JSONValue = ["prometheus": ["serverURL": "http://p:9090", "query": "up"]]

    static let refused = [
        RuleRow("tolerancePercent", 101, "spec.tolerancePercent", "between 0 and 100"),
        RuleRow("tolerancePercent", -1, "spec.tolerancePercent", "between 0 and 100"),
        RuleRow("metrics", [], "spec.metrics", "at least one metric"),
        RuleRow(
            "metrics", [["name": "a", "targetValue": 1], ["name": "a", "targetValue": 2]], "spec.metrics[1].name",
            "duplicate metric name a is not allowed"),
        RuleRow("metrics", [["name": "", "targetValue": 1]], "spec.metrics[0].name", "Required value"),
        RuleRow("metrics", [["targetValue": 1]], "spec.metrics[0].name", "Required value"),
        RuleRow("metrics", [["name": "a"]], "spec.metrics[0].targetValue", "Required value"),
        RuleRow(
            "metrics", [["name": "a", "targetValue": "-1"]], "spec.metrics[0].targetValue",
            "metric target value must be greater than 0"),
        RuleRow(
            "metrics", [["name": "a", "targetValue": 0]], "spec.metrics[0].targetValue",
            "metric target value must be greater than 0"),
        RuleRow(
            "metrics", [["name": "a", "targetValue": "1e999"]], "spec.metrics[0].targetValue", "must be a quantity"),
        RuleRow(
            "behavior", ["scaleDown": ["stabilizationWindow": "31m"]], "spec.behavior.scaleDown.stabilizationWindow",
            "between 0 and 30m"),
        RuleRow("behavior", ["scaleDown": ["period": "-1s"]], "spec.behavior.scaleDown.period", "must be a duration"),
        RuleRow("behavior", ["scaleDown": ["instances": -1]], "spec.behavior.scaleDown.instances", "0 or more"),
        RuleRow("behavior", ["scaleDown": ["percent": 1_001]], "spec.behavior.scaleDown.percent", "0 to 1000"),
        RuleRow(
            "behavior", ["scaleDown": ["selectPolicy": "Max"]], "spec.behavior.scaleDown.selectPolicy",
            "supported values: \"Or\", \"And\""),
        RuleRow(
            "behavior", ["scaleUp": ["stablePolicy": ["period": "1h"]]], "spec.behavior.scaleUp.stablePolicy.period",
            "between 0 and 30m"),
        RuleRow(
            "behavior", ["scaleUp": ["panicPolicy": ["percent": 1]]], "spec.behavior.scaleUp.panicPolicy.period",
            "Required value"),
        RuleRow(
            "behavior", ["scaleUp": ["panicPolicy": ["period": "1s", "panicThresholdPercent": 109]]],
            "spec.behavior.scaleUp.panicPolicy.panicThresholdPercent", "110 to 1000"),
        RuleRow(
            "behavior", ["scaleUp": ["panicPolicy": ["period": "1s", "panicModeHold": "1801s"]]],
            "spec.behavior.scaleUp.panicPolicy.panicModeHold", "between 0 and 30m"),
        RuleRow("homogeneousTarget", .null, "spec", "set exactly one of homogeneousTarget"),
        RuleRow(
            "disaggregatedTarget",
            ["targetRef": ["name": "ds"], "roles": ["decode": ["minReplicas": 1, "maxReplicas": 1]]], "spec",
            "2 targets: set exactly one"),
        RuleRow(
            "homogeneousTarget/target", ["targetRef": ["name": ""]], "\(homogeneous).target.targetRef.name",
            "the name of a ModelServing"),
        RuleRow(
            "homogeneousTarget/target", ["targetRef": ["kind": "Deployment", "name": "ds"]],
            "\(homogeneous).target.targetRef.kind", "supported values: \"ModelServing\""),
        RuleRow("homogeneousTarget/minReplicas", -1, "\(homogeneous).minReplicas", "between 0 and 1000000"),
        RuleRow("homogeneousTarget/maxReplicas", 0, "\(homogeneous).maxReplicas", "between 1 and 1000000"),
        RuleRow("homogeneousTarget/maxReplicas", 1_000_001, "\(homogeneous).maxReplicas", "between 1 and 1000000"),
        RuleRow("homogeneousTarget/minReplicas", 9, "\(homogeneous).minReplicas", "at most maxReplicas (5)"),
        RuleRow("homogeneousTarget/maxReplicas", 3_000_000_000, "\(homogeneous).maxReplicas", "at most 2147483647"),
        RuleRow(
            "homogeneousTarget/target", ["targetRef": ["name": "ds"], "metricSources": ["a": .object(JSONObject())]],
            "\(homogeneous).target.metricSources[a]", "exactly one of pod and prometheus"),
        RuleRow(
            "homogeneousTarget/target", ["targetRef": ["name": "ds"], "metricSources": ["a": ["pod": ["uri": "m"]]]],
            "\(homogeneous).target.metricSources[a].pod.uri", "must begin with '/'"),
        RuleRow(
            "homogeneousTarget/target", ["targetRef": ["name": "ds"], "metricSources": ["a": ["pod": ["port": 0]]]],
            "\(homogeneous).target.metricSources[a].pod.port", "between 1 and 65535"),
        RuleRow(
            "homogeneousTarget/target",
            ["targetRef": ["name": "ds"], "metricSources": ["a": ["prometheus": ["serverURL": "p", "query": "up"]]]],
            "\(homogeneous).target.metricSources[a].prometheus.serverURL", "must be an address"),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.autoscalingPolicy, try row.applied(to: TestObjects.policy))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
    }

    static let accepted = [
        RuleRow("tolerancePercent", 0), RuleRow("tolerancePercent", 100), RuleRow("behavior", .null),
        RuleRow("metrics", [["name": "a", "targetValue": "500m"], ["name": "b", "targetValue": 1.5]]),
        RuleRow("behavior", ["scaleDown": ["stabilizationWindow": "30m", "period": "0s", "percent": 1_000]]),
        RuleRow("behavior", ["scaleUp": ["panicPolicy": ["period": "10s", "panicThresholdPercent": 110]]]),
        RuleRow("homogeneousTarget/minReplicas", 0), RuleRow("homogeneousTarget/maxReplicas", 1_000_000),
        RuleRow("homogeneousTarget/target", ["targetRef": ["kind": "ModelServing", "name": "ds", "namespace": "x"]]),
        RuleRow(
            "homogeneousTarget/target",
            ["targetRef": ["name": "ds"], "metricSources": ["a": ["pod": ["port": 30_000]], "b": prometheus]]),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.autoscalingPolicy, try row.applied(to: TestObjects.policy)) == [])
    }

    static func heterogeneous(_ parameters: JSONValue, rate: JSONValue = 200) -> JSONValue {
        var object = TestObjects.policy
        object[path: "spec", "homogeneousTarget"] = nil
        object[path: "spec", "heterogeneousTarget"] = ["params": parameters, "costExpansionRatePercent": rate]
        return object
    }

    @Test(
        arguments: [
            ([["target": reference, "cost": 0, "minReplicas": 0, "maxReplicas": 1]], 0, nil),
            ([], 200, "params"),
            ([["target": reference, "cost": -1, "minReplicas": 0, "maxReplicas": 1]], 200, "params[0].cost"),
            ([["target": reference, "cost": 1, "minReplicas": 2, "maxReplicas": 1]], 200, "params[0].minReplicas"),
            ([["target": reference, "cost": 1, "minReplicas": 0, "maxReplicas": 1]], -1, "costExpansionRatePercent"),
        ] as [(JSONValue, JSONValue, String?)])
    func `several targets by cost`(parameters: JSONValue, rate: JSONValue, wrong: String?) {
        let fields = Validation.problems(.autoscalingPolicy, Self.heterogeneous(parameters, rate: rate)).map(\.field)
        #expect(fields == (wrong.map { ["spec.heterogeneousTarget.\($0)"] } ?? []))
    }
}
