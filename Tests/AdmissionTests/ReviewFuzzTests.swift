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
            let object = Self.spoiled(sound, &random)
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

    /// An object with one of its values, at any depth, replaced, removed or wrapped.
    static func spoiled(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
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
        default: return strange(&random)
        }
    }

    private static func strange(_ random: inout SeededRandom) -> JSONValue {
        let values: [JSONValue] = [
            .null, true, -1, 0, .integer(.max), .integer(.min), 2_147_483_648, 1.5, 1e300, "", "x", "-1", "150%",
            "99999999999999999999%", "1e9999", "\u{0}", "405b", [], [[]], [.null], .object(JSONObject()),
            ["name": .null], ["metricName": 3], .string(String(repeating: "é", count: 300)),
        ]
        return values[random.below(values.count)]
    }
}
