import JSONValues
import KubernetesAPI
import ServingAPI
import TestKit
import Testing

/// Whatever an object holds, rules and views answer; none crashes.
@Suite struct RuleFuzzTests {
    @Test(arguments: [11, 12, 13, 14] as [UInt64]) func `any object of any kind is reviewed`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<1_500 {
            let (kind, sound) = TestObjects.all[random.below(TestObjects.all.count)]
            var object = sound
            for _ in 0...random.below(3) { object = spoiled(object, &random) }
            let review = AdmissionRules.review(kind, object, old: random.chance(50) ? sound : nil)
            let again = AdmissionRules.completed(kind, review.object)
            #expect(again == review.object, "seed \(seed), \(kind.kind): \(object.text())")
            #expect((try? object.applying(patch: .array(review.patch(from: object)))) == review.object, "seed \(seed)")
            #expect(review.warnings.allSatisfy { !$0.contains("\n") && $0.utf8.count <= 256 }, "seed \(seed)")
            read(KubernetesObject(object))
        }
    }

    /// What controllers do with an object that nobody checked.
    private func read(_ object: KubernetesObject) {
        if let serving = try? ModelServing(object) { _ = (serving.problems, serving.spec.template.podCount) }
        if let binding = try? AutoscalingPolicyBinding(object) {
            _ = binding.merged(with: KubernetesObject(TestObjects.policy))
        }
        _ = (try? ModelBooster(object))?.policyOfEarlierGenerations
        _ = try? (ModelRoute(object), ModelServer(object), AutoscalingPolicy(object), ExternalModelProvider(object))
    }

    private func spoiled(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        switch value {
        case .object(let members) where !members.isEmpty && random.chance(85):
            let name = members.keys[random.below(members.count)]
            var copy = value
            copy[name] = random.chance(10) ? nil : spoiled(members[name] ?? .null, &random)
            return copy
        case .array(let elements) where !elements.isEmpty && random.chance(85):
            var elements = elements
            let index = random.below(elements.count)
            elements[index] = spoiled(elements[index], &random)
            return .array(elements)
        default: return Self.strange[random.below(Self.strange.count)]
        }
    }

    private static let strange: [JSONValue] = [
        .null, true, -1, 0, 1, .integer(.max), .integer(.min), 2_147_483_647, 2_147_483_648, 1.5, 1e300, "", "x", "/",
        "-1", "150%", "99999999999999999999%", "1e9999", "9223372036854775807", "\u{0}", "405b", "://", "pvc://..",
        "ModelServing/Role", "https://[", "99999999h", [], [[]], [.null], .object(JSONObject()), ["name": .null],
        ["metricName": 3], ["kv-transfer-config": "{"], .string(String(repeating: "é", count: 300)),
    ]
}
