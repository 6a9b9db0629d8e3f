import JSONValues
import KubernetesAPI
import ServingAPI
import TestKit
import Testing

@testable import Admission

/// Whatever an object holds, a review is answered.
@Suite struct ReviewFuzzTests {
    static let objects: [(ResourceKind, JSONValue)] = [
        (.modelServing, ReviewObjects.serving), (.autoscalingPolicy, ReviewObjects.policy),
    ]

    @Test(arguments: [1, 2, 3] as [UInt64]) func `any change of an object is answered`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<600 {
            let (kind, sound) = Self.objects[random.below(Self.objects.count)]
            let object = JSONSpoiler.spoiled(sound, &random)
            let body = ReviewRequest.body(kind, object, operation: random.chance(50) ? "CREATE" : "UPDATE", old: sound)
            for endpoint in WebhookEndpoint.all where endpoint.kind == kind {
                let review = try AdmissionReview(body: body.bytes())
                let (json, _) = review.answer(for: endpoint)
                #expect(json[path: "response", "uid"] == body[path: "request", "uid"], "seed \(seed): \(object.text())")
                guard let patch = ReviewRequest.patch(json["response"] ?? .null) else { continue }
                let sent = try JSONValue.parse(body.bytes())[path: "request", "object"] ?? .null
                #expect(try sent.applying(patch: patch) == AdmissionRules.completed(kind, sent), "seed \(seed)")
            }
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func `any bytes are refused or answered`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sound = ReviewRequest.body(.modelServing, ReviewObjects.serving).bytes()
        for _ in 0..<2_000 {
            var bytes = sound
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.chance(30) { bytes = Array(bytes.prefix(random.below(bytes.count))) }
            guard let review = try? AdmissionReview(body: bytes) else { continue }
            for endpoint in WebhookEndpoint.all { _ = review.answer(for: endpoint) }
        }
    }
}
