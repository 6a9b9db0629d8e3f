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
            for _ in 0...random.below(3) { object = JSONSpoiler.spoiled(object, &random) }
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
}
