import FoundationEssentials
import JSONValues
import KubernetesAPI
import Manifests
import ServingAPI
import Testing

@testable import Admission

/// Holds `deploy/base/webhooks.yaml` and the served paths together.
@Suite struct EndpointTests {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    static func documents() throws -> [JSONValue] {
        let path = "\(root)/deploy/base/webhooks.yaml"
        return try Manifest.documents(String(contentsOfFile: path, encoding: .utf8), source: path)
    }

    @Test func `the manifest's paths are the served ones`() throws {
        var found: [String: WebhookEndpoint] = [:]
        for endpoint in WebhookEndpoint.all { found[endpoint.name] = endpoint }
        #expect(found.count == WebhookEndpoint.all.count)
        for document in try Self.documents() {
            for entry in document["webhooks"]?.elements ?? [] {
                let known = found.removeValue(forKey: entry["name"]?.string ?? "")
                let endpoint = try #require(known)
                #expect(entry[path: "clientConfig", "service", "path"] == .string(endpoint.path))
                #expect(document[path: "metadata", "name"] == .string(endpoint.configuration))
                let isValidating = document["kind"] == "ValidatingWebhookConfiguration"
                #expect(isValidating == (endpoint.purpose == .validate))
                let rule = try #require(entry["rules"]?[0])
                #expect(rule["apiGroups"] == [.string(endpoint.kind.group)])
                #expect(rule["apiVersions"] == [.string(endpoint.kind.version)])
                #expect(rule["resources"] == [.string(endpoint.kind.plural)])
                #expect(rule["operations"] == ["CREATE", "UPDATE"])
            }
        }
        #expect(found.keys.sorted() == [])
    }

    @Test func `an entry fails closed, has no side effects and half a minute`() throws {
        let host = WebhookConfiguration(namespace: "martlet-system").hostNames
        for entry in try Self.documents().flatMap({ $0["webhooks"]?.elements ?? [] }) {
            #expect(entry["failurePolicy"] == "Fail")
            #expect(entry["sideEffects"] == "None")
            #expect(entry["timeoutSeconds"] == 30)
            #expect(entry["admissionReviewVersions"] == ["v1", "v1beta1"])
            let service = entry[path: "clientConfig", "service"] ?? .null
            let name = "\(service["name"]?.string ?? "").\(service["namespace"]?.string ?? "").svc"
            #expect(host.contains(name), "the certificate is not for \(name)")
        }
    }

    @Test func `every kind with rules is validated`() {
        let validated = Set(WebhookEndpoint.all.filter { $0.purpose == .validate }.map(\.kind))
        #expect(validated == Set(AdmissionRules.kinds))
    }
}
