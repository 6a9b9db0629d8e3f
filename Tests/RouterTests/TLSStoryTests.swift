import AsyncHTTPClient
import Certificates
import ClusterKit
import GatewayAPI
import JSONValues
import KubernetesAPI
import KubernetesClient
import NIOCore
import NIOHTTP1
import NIOSSL
import ServingAPI
import TestKit
import Testing

/// A Gateway's TLS listener from its operator's and its clients' side.
@Suite(.serialized) struct TLSStoryTests {
    static func secret(_ authority: Identity) throws -> JSONValue {
        let identity = try CertificateAuthority.makeServer(
            name: "localhost", alternatives: ["DNS:localhost"], authority: authority)
        return [
            "tls.crt": .string(Base64.encode(identity.certificate)), "tls.key": .string(Base64.encode(identity.key)),
        ]
    }

    /// The model that answers a client who trusts this authority, and the protocol; nil where there is no answer.
    static func ask(_ port: Int, trusting authority: Identity) async throws -> String? {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority.certificate))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(1)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: "https://localhost:\(port)/v1/completions")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: #"{"model":"m","prompt":"a","max_tokens":1}"#))
        var answer: String?
        if let response = try? await client.execute(request, timeout: .seconds(10)) {
            let body = try? await response.body.collect(upTo: 1 << 20)
            let model = body.flatMap { try? JSONValue.parse(String(buffer: $0)) }?["model"]?.string
            answer = "\(model ?? "-") by \(response.version)"
        }
        try await client.shutdown()
        return answer
    }

    static func condition(_ type: String, of client: KubernetesClient) async throws -> Condition? {
        let gateway = try await client.get(.gateway, namespace: "default", name: "edge")
        let listener = gateway.status["listeners"]?.elements.first
        return listener?["conditions"]?.elements.compactMap { Condition($0) }.first { $0.type == type }
    }

    @Test func `serves with the Secret's certificate, changes with it, and says what is wrong`() async throws {
        let ports = try await FreePorts.take(2)
        let (first, second) = (
            try CertificateAuthority.make(name: "first"), try CertificateAuthority.make(name: "second")
        )
        let engine = Engine(
            pod: "engine", labels: ["app": "engine"], host: "127.0.23.1", port: ports[0], model: "m")
        try await Router.with([engine], gateways: true) { router in
            let client = router.client
            try await router.serve("server", label: "engine", port: ports[0])
            try await router.create(
                .gateway, "edge",
                [
                    "gatewayClassName": "kthena-router",
                    "listeners": [
                        [
                            "name": "tls", "port": JSONValue(ports[1]), "protocol": "HTTPS", "hostname": "localhost",
                            "tls": ["certificateRefs": [["name": "certificate"]]],
                        ]
                    ],
                ])
            try await router.create(.modelRoute, "route", GatewayStoryTests.modelRoute("m", "edge", "server"))
            try await eventually("the missing Secret to be told") {
                try await Self.condition("ResolvedRefs", of: client)?.reason == "InvalidCertificateRef"
            }
            #expect(try await Self.condition("Programmed", of: client)?.status == "False")

            var secret = KubernetesObject(.secret, namespace: "default", name: "certificate")
            secret.json["type"] = "kubernetes.io/tls"
            secret.json["data"] = try Self.secret(first)
            _ = try await client.create(.secret, secret)
            try await eventually("the listener") {
                try await Self.condition("Programmed", of: client)?.status == "True"
            }
            try await eventually("an answer over HTTP/2") {
                try await Self.ask(ports[1], trusting: first) == "m by HTTP/2.0"
            }
            #expect(try await Self.ask(ports[1], trusting: second) == nil)

            let replacement = try Self.secret(second)
            _ = try await client.patch(
                .secret, namespace: "default", name: "certificate", .merge(["data": replacement]))
            try await eventually("the new certificate") {
                try await Self.ask(ports[1], trusting: second) == "m by HTTP/2.0"
            }
            _ = try await client.patch(
                .secret, namespace: "default", name: "certificate", .merge(["data": ["tls.key": "bm9uZQ=="]]))
            try await eventually("what is wrong with it") {
                try await Self.condition("ResolvedRefs", of: client)?.message.contains("the key is not in the PEM")
                    == true
            }
        }
    }
}
