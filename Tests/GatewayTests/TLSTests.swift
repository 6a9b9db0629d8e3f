import Certificates
import Gateway
import NIOCore
import NIOSSL
import Routing
import Observability
import TestKit
import Testing

/// TLS on the router's own port and on those of Gateways' listeners.
struct TLSTests {
    /// An authority with servers' certificates, and clients that trust it.
    struct Trust: Sendable {
        let authority: Identity

        init() throws { authority = try CertificateAuthority.make(name: "test authority") }

        func server(_ names: String..., validDays: Int = 30) throws -> Identity {
            try CertificateAuthority.makeServer(
                name: names[0], alternatives: names.map { "DNS:\($0)" }, authority: authority, validDays: validDays)
        }

        func listener(_ names: String...) throws -> ListenerCertificate {
            let identity = try CertificateAuthority.makeServer(
                name: names[0], alternatives: names.map { "DNS:\($0)" }, authority: authority)
            return ListenerCertificate(chain: identity.certificate, key: identity.key)
        }

        func client(
            _ protocols: [String] = ["http/1.1"], newest: TLSVersion? = nil
        ) throws -> NIOSSLContext {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority.certificate))
            configuration.applicationProtocols = protocols
            configuration.maximumTLSVersion = newest
            return try NIOSSLContext(configuration: configuration)
        }
    }

    static let health = "GET /healthz HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"

    /// A gateway whose own port shows a certificate, with one engine for model `m`.
    static func run(
        _ identity: Identity, _ endpoints: [Endpoint] = [],
        change: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        try await GatewayHarness.run(endpoints, configuration: change, identity: identity, body)
    }

    @Test func `HTTP/1.1 behind TLS keeps connections and the order of pipelined requests`() async throws {
        let trust = try Trust()
        let engine = try await ScriptedEngine.start { received in
            received.body.contains("slow")
                ? [.pause(.milliseconds(80)), ScriptedEngine.response("slow")] : [ScriptedEngine.response("fast")]
        }
        try await Self.run(try trust.server("localhost"), [engine.endpoint()]) { harness async throws in
            let client = try await RawClient.connect(harness.port, tls: try trust.client(), serverName: "localhost")
            let slow = post("/v1/completions", #"{"model":"m","prompt":"slow"}"#)
            try await client.send(slow + post("/v1/completions", #"{"model":"m","prompt":"a"}"#) + Self.health)
            let text = try await client.readToEnd()
            let order = ["slow", "fast", #"{"message":"ok"}"#].map { text.range(of: "\r\n\r\n\($0)")?.lowerBound }
            #expect(order.allSatisfy { $0 != nil } && order.compactMap(\.self) == order.compactMap(\.self).sorted())
            #expect(harness.metrics.text().contains(#"martlet_gateway_tls_handshakes_total{outcome="ok"} 1"#))
        }
    }

    @Test func `a smuggled request is refused behind TLS as in the clear`() async throws {
        let trust = try Trust()
        try await Self.run(try trust.server("localhost")) { harness async throws in
            for row in SmugglingCase.all.prefix(8) {
                let client = try await RawClient.connect(
                    harness.port, tls: try trust.client(), serverName: "localhost")
                _ = try? await client.send(row.text + Self.health)
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 \(row.status) "), "\(row.name): \(answer)")
                #expect(answer.ranges(of: "\r\ncontent-length: ").count == 1, "\(row.name)")
            }
        }
    }

    @Test func `ALPN chooses HTTP/2 where the client has it`() async throws {
        let trust = try Trust()
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await Self.run(try trust.server("localhost"), [engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(
                harness.port, tls: try trust.client(["h2", "http/1.1"]), serverName: "localhost")
            #expect(try await client.ask(HTTP2Tests.question).status == 200)
            #expect(harness.metrics.text().contains("martlet_gateway_http2_connections 1"))
            try await client.close()
            // One that says so by its preface alone.
            let silent = try await HTTP2Client.connect(harness.port, tls: try trust.client([]), serverName: "localhost")
            #expect(try await silent.ask(HTTP2Tests.question).status == 200)
            try await silent.close()
            let old = try await RawClient.connect(
                harness.port, tls: try trust.client(["http/1.1"]), serverName: "localhost")
            try await old.send(Self.health)
            #expect(try await old.readToEnd().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `nothing older than TLS 1.2, and nothing in the clear`() async throws {
        let trust = try Trust()
        try await Self.run(try trust.server("localhost")) { harness async throws in
            for (newest, isServed) in [(TLSVersion.tlsv11, false), (.tlsv12, true), (.tlsv13, true)] {
                let client = try await RawClient.connect(
                    harness.port, tls: try trust.client(newest: newest), serverName: "localhost")
                _ = try? await client.send(Self.health)
                #expect(try await client.readToEnd().contains("200 OK") == isServed, "\(newest)")
            }
            let plain = try await RawClient.connect(harness.port)
            try await plain.send(Self.health)
            #expect(!(try await plain.readToEnd()).contains("HTTP/1.1"))
            #expect(harness.metrics.text().contains(#"martlet_gateway_tls_handshakes_total{outcome="failed"} 2"#))
        }
    }

    @Test func `a handshake that does not end is given up`() async throws {
        let trust = try Trust()
        try await Self.run(try trust.server("localhost"), change: { $0.clientTimeout = .milliseconds(200) }) {
            harness async throws in
            let client = try await RawClient.connect(harness.port)
            _ = try await client.readToEnd()
            #expect(harness.metrics.text().contains(#"martlet_gateway_tls_handshakes_total{outcome="timeout"} 1"#))
        }
    }

    @Test func `a new certificate holds from the next connection on, and a bad one changes nothing`() async throws {
        let trust = try Trust()
        let next = try Trust()
        try await Self.run(try trust.server("localhost", validDays: 1)) { harness async throws in
            func isTrusted(_ trust: Trust) async throws -> Bool {
                let client = try await RawClient.connect(
                    harness.port, tls: try trust.client(), serverName: "localhost")
                _ = try? await client.send(Self.health)
                return try await client.readToEnd().contains("200 OK")
            }
            func secondsLeft() throws -> Double {
                let line = try #require(
                    harness.metrics.text().split(separator: "\n").first {
                        $0.hasPrefix(#"martlet_gateway_certificate_seconds_left{source="router"} "#)
                    })
                return try #require(Double(line.split(separator: " ").last ?? ""))
            }
            #expect(try await isTrusted(trust))
            #expect((80_000...86_400).contains(try secondsLeft()))
            let kept = try await RawClient.connect(harness.port, tls: try trust.client(), serverName: "localhost")
            try await kept.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await kept.read(until: "ok")

            let fresh = try next.server("localhost", validDays: 10)
            let wrong = try next.server("localhost")
            let rows: [(certificate: [UInt8], key: [UInt8], sentence: String)] = [
                (Array("nothing".utf8), fresh.key, "the certificate is not in the PEM format"),
                (fresh.certificate, [], "the key is not in the PEM format, or needs a passphrase"),
                (fresh.certificate, wrong.key, "the key is not the one that the certificate was made for"),
            ]
            for row in rows {
                let error = #expect(throws: ServerIdentity.Unusable.self) {
                    try harness.gateway.update(certificate: row.certificate, key: row.key)
                }
                #expect(error?.description == row.sentence)
            }
            #expect(try await isTrusted(trust))
            #expect(harness.metrics.text().contains(#"certificate_reloads_total{outcome="refused"} 3"#))

            try harness.gateway.update(certificate: fresh.certificate, key: fresh.key)
            #expect(try await isTrusted(next))
            #expect(try await !isTrusted(trust))
            #expect(try secondsLeft() > 9 * 86_400 - 60)
            try await kept.send(Self.health)
            #expect(try await kept.readToEnd().ranges(of: "200 OK").count == 2)
        }
    }
}
