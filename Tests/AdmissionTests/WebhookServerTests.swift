import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

@testable import Admission

@Suite(.serialized) struct WebhookServerTests {
    @Test func `reviews are answered over TLS that the Secret's authority vouches for`() async throws {
        try await WebhookCluster.with { cluster in
            try await cluster.serving { port in
                let caller = WebhookCaller(port: port, authorities: try await cluster.authorities())
                #expect(try await caller.call("GET", "/healthz").status == 200)
                var object = ReviewObjects.serving
                object[path: "spec", "replicas"] = -1
                let body = ReviewRequest.body(.modelServing, object).bytes()
                let answer = try await caller.call("POST", "/validate-workload-ai-v1alpha1-modelserving", body)
                let json = try JSONValue.parse(answer.body)
                #expect(answer.status == 200 && json[path: "response", "allowed"] == false)
                #expect(try await caller.call("GET", "/validate/modelroute").status == 405)
                #expect(try await caller.call("POST", "/validate/pod", body).status == 404)
                #expect(try await caller.call("POST", "/validate/modelroute", Array("{".utf8)).status == 400)
                let large = [UInt8](repeating: 32, count: WebhookResponder.bodyBytesMax + 1)
                #expect(try await caller.call("POST", "/validate/modelroute", large).status == 413)
                let limit = [UInt8](repeating: 32, count: WebhookResponder.bodyBytesMax)
                #expect(try await caller.call("POST", "/validate/modelroute", limit).status == 400)
            }
        }
    }

    @Test func `the Secret is Kthena's, and a second replica takes what is there`() async throws {
        try await WebhookCluster.with { cluster in
            try await cluster.serving { _ in
                let secret = try await cluster.secret()
                #expect(secret.json["type"] == "kubernetes.io/tls")
                #expect(["tls.crt", "tls.key", "ca.crt"].allSatisfy { secret.json[path: "data", $0] != nil })
                try await cluster.serving { port in
                    let caller = WebhookCaller(port: port, authorities: try await cluster.authorities())
                    #expect(try await caller.call("GET", "/healthz").status == 200)
                    #expect(try await cluster.secret().resourceVersion == secret.resourceVersion)
                }
            }
        }
    }

    @Test func `of replicas that start at once one makes the certificate`() async throws {
        try await WebhookCluster.with { cluster in
            let configuration = WebhookConfiguration(namespace: "default")
            let found = try await withThrowingTaskGroup(of: CertificateStore.Material.self) { group in
                for _ in 0..<8 {
                    let store = CertificateStore(cluster.client, configuration)
                    group.addTask { try await store.material(now: 1_800_000_000) }
                }
                return try await group.reduce(into: Set<CertificateStore.Material>()) { $0.insert($1) }
            }
            #expect(found.count == 1)
            #expect(found.first?.authorities == (try await cluster.authorities()))
        }
    }

    @Test func `the authority is written into the configurations and put back when it is lost`() async throws {
        try await WebhookCluster.with { cluster in
            for document in try EndpointTests.documents() {
                let object = KubernetesObject(document)
                let kind = try #require(WebhookEndpoint.configurations.first { $0.name == object.name }).kind
                _ = try await cluster.client.create(kind, object)
            }
            try await cluster.serving { _ in
                let wanted = JSONValue.string(Base64.encode(try await cluster.authorities()))
                func bundles(_ kind: ResourceKind, _ name: String) async throws -> Set<JSONValue?> {
                    let object = try await cluster.client.get(kind, name: name)
                    return Set((object.json["webhooks"]?.elements ?? []).map { $0[path: "clientConfig", "caBundle"] })
                }
                for (kind, name) in WebhookEndpoint.configurations {
                    try await cluster.wait("\(name) has the authority") { try await bundles(kind, name) == [wanted] }
                }
                let (kind, name) = WebhookEndpoint.configurations[0]
                let path = "/webhooks/1/clientConfig/caBundle"
                _ = try await cluster.client.patch(
                    kind, name: name, .json([["op": "replace", "path": .string(path), "value": "b3RoZXI="]]))
                try await cluster.wait("\(name) is repaired") { try await bundles(kind, name) == [wanted] }
                // One that is deleted and applied anew gets it too.
                try await cluster.client.delete(kind, name: name)
                let fresh = try #require(
                    try EndpointTests.documents().first { $0[path: "metadata", "name"]?.string == name })
                _ = try await cluster.client.create(kind, KubernetesObject(fresh))
                try await cluster.wait("the new \(name) has it") { try await bundles(kind, name) == [wanted] }
            }
        }
    }

    @Test func `a certificate that is due is renewed and served without a restart`() async throws {
        try await WebhookCluster.with { cluster in
            // A first replica whose certificates live for 100 days, a third of a year's life: due at once for the next.
            try await cluster.serving(plan: { $0.serverDays = 100 }) { _ in }
            let before = try #require(CertificateSecret(try await cluster.secret()))
            try await cluster.serving { port in
                let caller = WebhookCaller(port: port, authorities: before.authorities)
                #expect(try await caller.call("GET", "/healthz").status == 200)
                let after = try #require(CertificateSecret(try await cluster.secret()))
                #expect(after.server != before.server && after.authorities == before.authorities)
            }
        }
    }

    @Test func `a Secret that somebody exchanges is served at once, and its authority told`() async throws {
        try await WebhookCluster.with { cluster in
            try await cluster.serving { port in
                let old = WebhookCaller(port: port, authorities: try await cluster.authorities())
                #expect(try await old.call("GET", "/healthz").status == 200)
                let configuration = WebhookConfiguration(namespace: "default")
                var plan = CertificateStore(cluster.client, configuration).plan
                plan.serverDays = 400
                var other = try plan.perform(.startOver, on: nil)
                // As an operator's own authority: without its key.
                other.authorityKey = nil
                var secret = try await cluster.secret()
                secret.json["data"] = other.data
                _ = try await cluster.client.replace(.secret, secret)
                let new = WebhookCaller(port: port, authorities: other.authorities)
                try await cluster.wait("the new certificate is served") {
                    (try? await new.call("GET", "/healthz"))?.status == 200
                }
                await #expect(throws: (any Error).self) { try await old.call("GET", "/healthz") }
                #expect(try await cluster.secret().json["data"] == other.data)
            }
        }
    }
}
