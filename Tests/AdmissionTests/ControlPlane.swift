import AsyncHTTPClient
import ClusterKit
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import Manifests
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import ServiceLifecycle
import ServingAPI
import Testing

@testable import Admission

/// The real control plane, which calls these webhooks, with a namespace of the test's own.
struct ControlPlane: Sendable {
    let server: RealServer
    let client: KubernetesClient
    let http: HTTPClient
    let namespace: String
    let store: CertificateStore

    /// Serves webhooks on this machine and has the server call them for objects of the namespace, for as long as `body`
    /// takes.
    static func with(_ body: @Sendable @escaping (ControlPlane) async throws -> Void) async throws {
        let server = try #require(RealServer.named)
        let client = try KubernetesClient(try server.configuration(), logger: .silent)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(server.authorityFile)
        let http = HTTPClient(configuration: .init(tlsConfiguration: tls))
        let namespace = "webhooks-\(UInt32.random(in: .min ... .max))"
        var configuration = WebhookConfiguration(namespace: namespace)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.tick = .milliseconds(200)
        let plane = ControlPlane(
            server: server, client: client, http: http, namespace: namespace,
            store: CertificateStore(client, configuration))
        do {
            try await plane.prepare()
            try await plane.serve(configuration, body)
        } catch {
            try? await plane.clean()
            throw error
        }
        try await plane.clean()
    }

    private func serve(
        _ configuration: WebhookConfiguration, _ body: @Sendable @escaping (ControlPlane) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let webhooks = Webhooks(
            client, configuration, store: store, metrics: MetricsRegistry(), logger: .silent,
            onReady: { port.yield($0) })
        try await beside(webhooks.services) {
            for await port in ports {
                try await configure(port: port)
                try await body(self)
                return
            }
        }
    }

    private func prepare() async throws {
        var object = KubernetesObject(.namespace, name: namespace)
        object.labels = ["martlet.dev/webhooks": namespace]
        _ = try await client.create(.namespace, object)
        let folder = "\(EndpointTests.root)/deploy/crds"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".yaml") {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            let definition = KubernetesObject(try Manifest.document(text, source: file))
            _ = try await client.patch(
                .customResourceDefinition, name: definition.name,
                .apply(definition.json, fieldManager: "martlet-tests", force: true))
        }
        for kind in AdmissionRules.kinds {
            try await eventually("\(kind.kind) is served") {
                (try? await client.list(kind, namespace: namespace)) != nil
            }
        }
    }

    /// Puts the configurations of `deploy/base` in place, for this namespace and this port alone.
    private func configure(port: Int) async throws {
        for name in ["kthena-controller-manager-webhook", "kthena-router-webhook"] {
            var service = KubernetesObject(.service, namespace: namespace, name: name)
            service.spec = ["type": "ExternalName", "externalName": "localhost"]
            _ = try await client.create(.service, service)
        }
        for document in try EndpointTests.documents() {
            var object = KubernetesObject(document)
            let entries = (document["webhooks"]?.elements ?? []).map { entry in
                var entry = entry
                entry[path: "clientConfig", "service", "namespace"] = .string(namespace)
                entry[path: "clientConfig", "service", "port"] = JSONValue(port)
                entry["namespaceSelector"] = ["matchLabels": ["martlet.dev/webhooks": .string(namespace)]]
                return entry
            }
            object.json["webhooks"] = .array(entries)
            let kind = try #require(WebhookEndpoint.configurations.first { $0.name == object.name }).kind
            try? await client.delete(kind, name: object.name)
            _ = try await client.create(kind, object)
        }
        try await eventually("every configuration has the authority") {
            for (kind, name) in WebhookEndpoint.configurations where try await !bundles(kind, name).allSatisfy({ $0 }) {
                return false
            }
            return true
        }
        // The API server reads its configurations a moment later. What only the webhooks refuse tells when.
        let bad = try ContractRow("recoveryPolicy", "None").object().applying(patch: [
            ["op": "replace", "path": "/spec/template/roles/0/name", "value": "Prefill"]
        ])
        try await eventually("the webhooks are called") {
            try await create(.modelServing, bad).text.contains("validation failed")
        }
    }

    private func clean() async throws {
        for (kind, name) in WebhookEndpoint.configurations { try? await client.delete(kind, name: name) }
        try? await client.delete(.namespace, name: namespace)
        try await client.shutdown()
        try await http.shutdown()
    }

    /// For each entry of a configuration, whether it has the authority of the Secret.
    func bundles(_ kind: ResourceKind, _ name: String) async throws -> [Bool] {
        let secret = try await client.get(.secret, namespace: namespace, name: store.configuration.secretName)
        let wanted = secret.json[path: "data", "ca.crt"]
        return (try await client.get(kind, name: name).json["webhooks"]?.elements ?? [])
            .map { $0[path: "clientConfig", "caBundle"] == wanted }
    }

    struct Answer: Sendable {
        var code: Int
        var text: String
        var body: JSONValue
        var warnings: [String]
    }

    /// A dry run of creating an object, its namespace set to the test's.
    func create(_ kind: ResourceKind, _ object: JSONValue) async throws -> Answer {
        var object = object
        object[path: "metadata", "namespace"] = .string(namespace)
        return try await send("POST", "\(kind.path(namespace: namespace))?dryRun=All", object)
    }

    func send(_ method: String, _ path: String, _ body: JSONValue) async throws -> Answer {
        var request = HTTPClientRequest(url: "\(server.address)\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(name: "authorization", value: "Bearer \(server.token)")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body.bytes()))
        let response = try await http.execute(request, timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: 8 << 20))
        return Answer(
            code: Int(response.status.code), text: text, body: (try? JSONValue.parse(text)) ?? .null,
            warnings: response.headers["warning"])
    }
}
