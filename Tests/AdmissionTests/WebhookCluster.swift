import AsyncHTTPClient
import Certificates
import ClusterKit
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import ServiceLifecycle
import Testing

@testable import Admission

/// An embedded API server that also stores webhook configurations, and the webhooks beside it.
struct WebhookCluster: Sendable {
    let client: KubernetesClient

    /// Runs a cluster in a folder of its own for as long as `body` takes.
    static func with(_ body: @Sendable @escaping (WebhookCluster) async throws -> Void) async throws {
        try await EmbeddedServer.with(crds: "") { server in
            let client = try KubernetesClient(server.configuration, logger: .silent)
            do {
                for kind in [ResourceKind.validatingWebhookConfiguration, .mutatingWebhookConfiguration] {
                    _ = try await client.create(.customResourceDefinition, definition(of: kind))
                }
                try await body(WebhookCluster(client: client))
            } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
        }
    }

    /// Runs webhooks on a free port until `body` has got that port and is done.
    func serving(
        _ change: (inout WebhookConfiguration) -> Void = { _ in },
        plan: @Sendable @escaping (inout CertificatePlan) -> Void = { _ in },
        _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        var configuration = WebhookConfiguration(namespace: "default")
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.tick = .milliseconds(50)
        configuration.certificateFile = "/nowhere/tls.crt"
        change(&configuration)
        var store = CertificateStore(client, configuration)
        plan(&store.plan)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let webhooks = Webhooks(
            client, configuration, store: store, metrics: MetricsRegistry(), logger: .silent,
            onReady: { port.yield($0) })
        try await beside(webhooks.services) {
            for await port in ports {
                try await body(port)
                return
            }
        }
    }

    private static func definition(of kind: ResourceKind) -> KubernetesObject {
        var definition = KubernetesObject(.customResourceDefinition, name: "\(kind.plural).\(kind.group)")
        definition.spec = [
            "group": .string(kind.group), "scope": "Cluster",
            "names": ["plural": .string(kind.plural), "kind": .string(kind.kind)],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
                ]
            ],
        ]
        return definition
    }

    func secret() async throws -> KubernetesObject {
        try await client.get(
            .secret, namespace: "default", name: WebhookConfiguration(namespace: "default").secretName)
    }

    /// What the authority of the webhooks' certificate is, by the Secret.
    func authorities() async throws -> [UInt8] {
        try #require(CertificateSecret(try await secret())).authorities
    }

    /// Waits until a condition holds, at most half a minute.
    func wait(_ what: String, until holds: () async throws -> Bool) async throws {
        try await eventually(what, within: .seconds(30), holds)
    }
}

/// A client that trusts one authority, as the API server does a caBundle.
struct WebhookCaller: Sendable {
    let port: Int
    let authorities: [UInt8]

    func call(
        _ method: String, _ path: String, _ body: [UInt8]? = nil
    ) async throws -> (status: Int, body: [UInt8]) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(5)
        let client = HTTPClient(configuration: configuration)
        do {
            var request = HTTPClientRequest(url: "https://localhost:\(port)\(path)")
            request.method = .init(rawValue: method)
            if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
            let response = try await client.execute(request, timeout: .seconds(20))
            let bytes = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            try await client.shutdown()
            return (Int(response.status.code), bytes)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
