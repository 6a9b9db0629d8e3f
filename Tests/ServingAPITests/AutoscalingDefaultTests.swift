import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct AutoscalingDefaultTests {
    static func behavior(_ written: JSONValue?) throws -> JSONValue {
        var object = TestObjects.policy
        object[path: "spec", "behavior"] = written
        return try #require(AdmissionRules.completed(.autoscalingPolicy, object)[path: "spec", "behavior"])
    }

    static let whole: JSONValue = [
        "scaleDown": [
            "instances": 0, "percent": 100, "period": "1m", "selectPolicy": "Or", "stabilizationWindow": "5m",
        ],
        "scaleUp": [
            "stablePolicy": [
                "instances": 4, "percent": 100, "period": "1m", "selectPolicy": "Or", "stabilizationWindow": "0s",
            ],
            "panicPolicy": ["percent": 0, "period": "0s", "panicThresholdPercent": 200, "panicModeHold": "0s"],
        ],
    ]

    @Test(arguments: [nil, .null, .object(JSONObject()), ["scaleUp": .object(JSONObject())]] as [JSONValue?])
    func `a behaviour that is empty gets a minute up and five minutes down`(written: JSONValue?) throws {
        #expect(try Self.behavior(written) == Self.whole)
    }

    @Test func `what is written stays, and its window is filled in`() throws {
        let policy: JSONValue = ["instances": 1, "percent": 50, "period": "15s", "selectPolicy": "And"]
        let panic: JSONValue = ["period": "10s"]
        let behavior = try Self.behavior([
            "scaleDown": policy, "scaleUp": ["stablePolicy": policy, "panicPolicy": panic],
        ])
        #expect(behavior["scaleDown"] == policy.merging(["stabilizationWindow": "5m"]))
        #expect(behavior[path: "scaleUp", "stablePolicy"] == policy.merging(["stabilizationWindow": "0s"]))
        #expect(behavior[path: "scaleUp", "panicPolicy"] == panic)
    }

    @Test func `a view has every default`() throws {
        var object = TestObjects.policy
        object[path: "spec", "behavior"] = ["scaleDown": ["percent": 5], "scaleUp": ["panicPolicy": ["period": "1s"]]]
        let policy = try AutoscalingPolicy(KubernetesObject(object))
        #expect(policy.tolerancePercent == 10)
        #expect(policy.behavior.scaleDown.instances == 1 && policy.behavior.scaleDown.period == .seconds(15))
        #expect(policy.behavior.scaleDown.stabilizationWindow == .seconds(300))
        #expect(policy.behavior.scaleUp.instances == 4 && policy.behavior.scaleUp.selection == .or)
        #expect(policy.behavior.panic.percent == 1_000 && policy.behavior.panic.thresholdPercent == 200)
        #expect(policy.behavior.panic.hold == .seconds(60))
        #expect(policy.homogeneousTarget?.bounds.max == 5)
    }

    @Test func `completing twice is completing once, for every kind`() {
        for (kind, object) in TestObjects.all {
            let once = AdmissionRules.completed(kind, object)
            #expect(AdmissionRules.completed(kind, once) == once)
            #expect(AdmissionRules.review(kind, object).problems == [], "\(kind.kind)")
        }
    }

    @Test func `a difference is a patch that makes it`() throws {
        let old: JSONValue = ["a": 1, "b/c": ["x", "y"], "d~": [1], "gone": true, "same": ["k": 1]]
        let new: JSONValue = ["a": 2, "b/c": ["x", "z"], "d~": [1, 2], "same": ["k": 1], "new": .null]
        let patch = old.difference(to: new)
        #expect(try old.applying(patch: .array(patch)) == new)
        #expect(patch.count == 5)
        #expect(new.difference(to: new) == [])
    }
}
