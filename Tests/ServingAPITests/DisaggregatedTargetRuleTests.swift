import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct DisaggregatedTargetRuleTests {
    static let path = "spec.disaggregatedTarget"
    static let source: JSONValue = ["load": ["pod": ["port": 8_000]]]

    static func bounds(_ least: Int, _ most: Int, sources: JSONValue? = source) -> JSONValue {
        .members([
            "minReplicas": JSONValue(least), "maxReplicas": JSONValue(most), "metricSources": sources,
        ])
    }

    static func problems(
        _ roles: JSONValue, ratio: JSONValue? = nil, metrics: JSONValue = [["name": "load", "targetValue": 1]]
    ) -> [FieldProblem] {
        var object = TestObjects.policy
        object[path: "spec", "metrics"] = metrics
        object[path: "spec", "homogeneousTarget"] = nil
        object[path: "spec", "disaggregatedTarget"] = .members([
            "targetRef": ["name": "ds"], "roles": roles, "ratioConstraint": ratio,
        ])
        return Validation.problems(.autoscalingPolicy, object)
    }

    @Test(
        arguments: [
            (["prefill": bounds(1, 4)], nil), (["prefill": bounds(1, 4), "decode": bounds(0, 1)], nil),
            (["prefill": bounds(2, 2, sources: nil)], nil),
            (["prefill": bounds(1, 4, sources: nil)], "roles[prefill].metricSources[load]"),
            (["": bounds(1, 4)], "roles[]"), (.object(JSONObject()), "roles"),
            (["a": bounds(1, 1), "b": bounds(1, 1), "c": bounds(1, 1)], "roles"),
            (["prefill": bounds(4, 1)], "roles[prefill].minReplicas"),
            (["prefill": bounds(0, 0)], "roles[prefill].maxReplicas"),
        ] as [(JSONValue, String?)])
    func `roles have bounds, and sources unless they are fixed`(roles: JSONValue, wrong: String?) {
        #expect(Self.problems(roles).map(\.field) == (wrong.map { ["\(Self.path).\($0)"] } ?? []))
    }

    @Test func `a role's own metrics count before the policy's`() {
        var role = Self.bounds(1, 4, sources: ["own": ["pod": .object(JSONObject())]])
        #expect(Self.problems(["prefill": role], metrics: []).map(\.field) == ["\(Self.path).roles[prefill].metrics"])
        role["metrics"] = [["name": "own", "targetValue": 1]]
        #expect(Self.problems(["prefill": role], metrics: []) == [])
        role["metrics"] = [["name": "own", "targetValue": 0]]
        #expect(Self.problems(["prefill": role]).map(\.field) == ["\(Self.path).roles[prefill].metrics[0].targetValue"])
    }

    @Test(
        arguments: [
            (["minRatio": "0.5", "maxRatio": 2], nil), (["minRatio": "500m"], nil), (["maxRatio": "8"], nil),
            (["minRatio": 0], nil), (["minRatio": "-1"], "minRatio"), (["maxRatio": 0], "maxRatio"),
            (["minRatio": 3, "maxRatio": 2], "minRatio"), (["minRatio": "4.1"], "minRatio"),
            (["minRatio": 4], nil), (["maxRatio": "0.124"], "maxRatio"), (["maxRatio": "0.125"], nil),
            (["numeratorRole": "router"], "numeratorRole"),
            (["denominatorRole": "prefill"], "denominatorRole"),
        ] as [(JSONValue, String?)])
    func `a ratio is of two roles and can be reached`(members: JSONValue, wrong: String?) {
        // Prefill over decode: from 1 to 8 at the least, to 4 to 1 at the most.
        let roles: JSONValue = ["prefill": Self.bounds(1, 4), "decode": Self.bounds(1, 8)]
        let ratio = (["numeratorRole": "prefill", "denominatorRole": "decode"] as JSONValue).merging(members)
        #expect(
            Self.problems(roles, ratio: ratio).map(\.field)
                == (wrong.map { ["\(Self.path).ratioConstraint.\($0)"] } ?? []))
    }

    @Test(arguments: [(0, 0, true), (1, 1, true), (0, 1, false), (1, 0, false)])
    func `both roles of a ratio go to zero or neither`(prefill: Int, decode: Int, isAllowed: Bool) {
        let roles: JSONValue = ["prefill": Self.bounds(prefill, 4), "decode": Self.bounds(decode, 4)]
        let ratio: JSONValue = ["numeratorRole": "prefill", "denominatorRole": "decode", "minRatio": "0.5"]
        let fields = Self.problems(roles, ratio: ratio).map(\.field)
        #expect(fields == (isAllowed ? [] : ["\(Self.path).ratioConstraint"]))
    }
}
