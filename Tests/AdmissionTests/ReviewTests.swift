import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@testable import Admission

@Suite struct ReviewTests {
    static func response(
        _ purpose: WebhookEndpoint.Purpose, _ kind: ResourceKind, _ body: JSONValue
    ) throws -> JSONValue {
        let endpoint = try #require(ReviewRequest.endpoint(purpose, kind))
        let (json, outcome) = try AdmissionReview(body: body.bytes()).answer(for: endpoint)
        let response = try #require(json["response"])
        #expect(response["uid"] == body[path: "request", "uid"])
        #expect((response["allowed"] == true) == (outcome == .allowed))
        return response
    }

    @Test(arguments: ["v1", "v1beta1"]) func `an answer speaks the version of the question`(version: String) throws {
        let endpoint = try #require(ReviewRequest.endpoint(.validate, .modelServing))
        let body = ReviewRequest.body(.modelServing, ReviewObjects.serving, version: version)
        let json = try AdmissionReview(body: body.bytes()).answer(for: endpoint).json
        #expect(json["apiVersion"] == .string("admission.k8s.io/\(version)"))
        #expect(json["kind"] == "AdmissionReview")
        #expect(json[path: "response", "allowed"] == true)
    }

    @Test func `a refusal has a heading and a line for each problem`() throws {
        var object = ReviewObjects.serving
        object[path: "spec", "replicas"] = -1
        object[path: "spec", "recoveryPolicy"] = "ServingGroupRecreate"
        object[path: "spec", "rolloutStrategy"] = ["type": "RoleRollingUpdate"]
        let response = try Self.response(.validate, .modelServing, ReviewRequest.body(.modelServing, object))
        #expect(response["allowed"] == false)
        #expect(response[path: "status", "code"] == 422)
        #expect(response[path: "status", "details"] == nil)
        let lines = (response[path: "status", "message"]?.string ?? "").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "validation failed:")
        #expect(lines[1].contains("spec.replicas: Invalid value: -1: should be a non-negative integer"))
        #expect(lines[2].contains("spec.recoveryPolicy") && lines[2].contains("use RoleRecreate or None"))
    }

    @Test func `an empty behaviour is filled in by a patch`() throws {
        let body = ReviewRequest.body(.autoscalingPolicy, ReviewObjects.policy, isDryRun: true)
        let response = try Self.response(.mutate, .autoscalingPolicy, body)
        #expect(response["patchType"] == "JSONPatch")
        let patch = try #require(ReviewRequest.patch(response))
        let object = try ReviewObjects.policy.applying(patch: patch)
        #expect(object[path: "spec", "behavior", "scaleDown", "stabilizationWindow"] == "5m")
        #expect(object == AdmissionRules.completed(.autoscalingPolicy, ReviewObjects.policy))
        // Asked again there is nothing left to fill in.
        let again = try Self.response(.mutate, .autoscalingPolicy, ReviewRequest.body(.autoscalingPolicy, object))
        #expect(again["patch"] == nil && again["patchType"] == nil)
    }

    @Test func `old fields are told of in warnings, of the validating webhook alone`() throws {
        var object = ReviewObjects.policy
        object[path: "spec", "metrics"] = [["metricName": "load", "targetValue": 1]]
        let body = ReviewRequest.body(.autoscalingPolicy, object)
        let warnings = try Self.response(.validate, .autoscalingPolicy, body)["warnings"]
        #expect(warnings == ["spec.metrics[0].metricName: read as name; write name"])
        #expect(try Self.response(.mutate, .autoscalingPolicy, body)["warnings"] == nil)
    }

    @Test(
        arguments: [
            ("DELETE", nil, true), ("CONNECT", nil, true), ("UPDATE", "status", true), ("UPDATE", "scale", true),
            ("UPDATE", nil, false), ("CREATE", nil, false),
        ] as [(String, String?, Bool)])
    func `only the making and changing of whole objects is checked`(
        operation: String, subresource: String?, isAllowed: Bool
    ) throws {
        let body = ReviewRequest.body(.modelServing, .null, operation: operation, subresource: subresource)
        #expect(try Self.response(.validate, .modelServing, body)["allowed"] == .bool(isAllowed))
    }

    @Test func `a change that leaves a bad spec alone is allowed, one that touches it is not`() throws {
        var old = ReviewObjects.serving
        old[path: "spec", "replicas"] = -1
        var new = old
        new[path: "metadata", "finalizers"] = []
        func isAllowed(_ object: JSONValue) throws -> Bool {
            let body = ReviewRequest.body(.modelServing, object, operation: "UPDATE", old: old)
            return try Self.response(.validate, .modelServing, body)["allowed"] == true
        }
        #expect(try isAllowed(new))
        new[path: "spec", "schedulerName"] = "volcano"
        #expect(try !isAllowed(new))
    }

    @Test func `a webhook that asks about another kind is told so`() throws {
        let response = try Self.response(.validate, .modelServer, ReviewRequest.body(.pod, ReviewObjects.serving))
        #expect(response[path: "status", "message"]?.string?.contains("correct the webhook configuration") == true)
    }

    @Test(
        arguments: [
            "", "{", "[]", "{}", "null", #"{"kind":"AdmissionReview"}"#,
            #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2","request":{"uid":"a"}}"#,
            #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#,
            #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":""}}"#,
            #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}"#,
            "{\"kind\":\"AdmissionReview\u{0}",
        ]) func `what is no review is refused with a sentence`(body: String)
    {
        #expect(throws: AdmissionReview.Malformed.self) { try AdmissionReview(body: Array(body.utf8)) }
    }
}
