package import JSONValues
import KubernetesAPI
import ServingAPI

/// One question of the API server and its answer; pure. Versions v1 and v1beta1 of the review are spoken.
package struct AdmissionReview: Sendable {
    /// Why a body is no review: one sentence.
    package struct Malformed: Error, CustomStringConvertible {
        package var description: String
    }

    /// What an answer came to.
    package enum Outcome: String, Sendable {
        case allowed
        case denied
    }

    static let group = "admission.k8s.io"
    private static let versions = ["\(group)/v1", "\(group)/v1beta1"]

    private let apiVersion: String
    private let request: JSONValue

    /// Reads the body of a request.
    package init(body: [UInt8]) throws(Malformed) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue.parse(body)
        } catch {
            throw Malformed(description: "the body is not JSON: \(error)")
        }
        guard json["kind"]?.string == "AdmissionReview", let version = json["apiVersion"]?.string,
            Self.versions.contains(version)
        else { throw Malformed(description: "the body is not an AdmissionReview of \(Self.group)/v1 or v1beta1") }
        guard let request = json["request"], let uid = request["uid"]?.string, !uid.isEmpty else {
            throw Malformed(description: "the AdmissionReview has no request with a uid")
        }
        apiVersion = version
        self.request = request
    }

    /// CREATE, UPDATE, or another word of the API server.
    package var operation: String { request["operation"]?.string ?? "" }
    /// `namespace/name` of the object, for logs.
    package var subject: String {
        ObjectKey(namespace: request["namespace"]?.string ?? "", name: request["name"]?.string ?? "").description
    }

    /// The answer for one endpoint. A dry run gets the same: nothing outside the answer ever changes.
    package func answer(for endpoint: WebhookEndpoint) -> (json: JSONValue, outcome: Outcome) {
        let response = response(for: endpoint)
        let json: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": "AdmissionReview", "response": response,
        ]
        return (json, response["allowed"] == true ? .allowed : .denied)
    }

    private func response(for endpoint: WebhookEndpoint) -> JSONValue {
        guard ["CREATE", "UPDATE"].contains(operation), (request["subResource"]?.string ?? "").isEmpty else {
            return allowed()
        }
        let kind = request[path: "kind", "kind"]?.string ?? ""
        guard kind == endpoint.kind.kind else {
            return denied(
                "\(endpoint.path) is for \(endpoint.kind.kind), not for '\(kind)'; correct the webhook configuration")
        }
        let object = request["object"] ?? .null
        let old = operation == "UPDATE" ? request["oldObject"].flatMap { $0.isNull ? nil : $0 } : nil
        let review = AdmissionRules.review(endpoint.kind, object, old: old)
        switch endpoint.purpose {
        case .mutate: return allowed(patch: review.patch(from: object))
        case .validate:
            if review.problems.isEmpty { return allowed(warnings: review.warnings) }
            return denied(AdmissionRules.message(review.problems), warnings: review.warnings)
        }
    }

    private var uid: JSONValue { request["uid"] ?? "" }

    private func allowed(patch: [JSONValue] = [], warnings: [String] = []) -> JSONValue {
        var response: JSONValue = ["uid": uid, "allowed": true]
        if !patch.isEmpty {
            response["patchType"] = "JSONPatch"
            response["patch"] = .string(Base64.encode(JSONValue.array(patch).bytes()))
        }
        if !warnings.isEmpty { response["warnings"] = .array(warnings.map { .string($0) }) }
        return response
    }

    /// No `details` go along: with them kubectl would print the causes in the place of the message.
    private func denied(_ message: String, warnings: [String] = []) -> JSONValue {
        var response = allowed(warnings: warnings)
        response["allowed"] = false
        response["status"] = [
            "status": "Failure", "code": 422, "reason": .string(APIStatus.Reason.invalid.rawValue),
            "message": .string(message),
        ]
        return response
    }
}
