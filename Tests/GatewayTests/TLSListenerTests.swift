import Gateway
import NIOCore
import NIOSSL
import Routing
import Observability
import TestKit
import Testing

/// Listeners of Gateways that encrypt: several names and certificates on one port.
struct TLSListenerTests {
    static func id(_ name: String) -> ListenerID {
        ListenerID(gateway: ObjectName(namespace: "dev", name: "edge"), name: name)
    }

    /// The table of listeners on a port, each with a route to an engine of its own name.
    static func table(_ listeners: [Listener], _ engine: ScriptedEngine) -> RouteTable {
        RouteTable(
            routes: listeners.map { ListenerTests.route("server", at: $0.id) },
            servers: [ListenerTests.server("server", engine)], listeners: listeners)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var serverName: String?
        var host: String
        /// Nil where there is no handshake.
        var status: Int?
        var testDescription: String { "\(serverName ?? "-") for \(host)" }
    }

    @Test func `the name decides the certificate, and a connection serves that listener alone`() async throws {
        let trust = try TLSTests.Trust()
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        let port = try await FreePorts.take(1)[0]
        let listeners = [
            Listener(
                id: Self.id("a"), port: port, hostname: Hostname("a.example"),
                certificate: try trust.listener("a.example")),
            Listener(
                id: Self.id("wild"), port: port, hostname: Hostname("*.example"),
                certificate: try trust.listener("*.example")),
        ]
        let rows = [
            Row(serverName: "a.example", host: "a.example", status: 200),
            Row(serverName: "A.Example", host: "a.example:443", status: 200),
            Row(serverName: "b.example", host: "b.example", status: 200),
            Row(serverName: "a.example", host: "b.example", status: 421),
            Row(serverName: "b.example", host: "a.example", status: 421),
            Row(serverName: "b.example", host: "other", status: 404),
            Row(serverName: "other", host: "a.example"),
            Row(serverName: nil, host: "a.example"),
        ]
        try await GatewayHarness.run([], []) { harness async throws in
            harness.gateway.update(Self.table(listeners, engine))
            try await eventually("the port") { harness.gateway.listenProblem(port) == nil }
            for row in rows {
                let client = try await RawClient.connect(port, tls: try trust.client(), serverName: row.serverName)
                let request = ListenerTests.question.replacing(
                    "Host: gateway", with: "Host: \(row.host)\r\nConnection: close")
                _ = try? await client.send(request)
                let answer = try await client.readToEnd()
                #expect(answer.isEmpty == (row.status == nil), "\(row.testDescription): \(answer)")
                if let status = row.status {
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(row.testDescription): \(answer)")
                }
            }
            let text = harness.metrics.text()
            #expect(text.contains(#"martlet_gateway_tls_handshakes_total{outcome="unknown_name"} 2"#))
            #expect(text.contains(#"certificate_seconds_left{source="dev/edge/wild"}"#))
            // HTTP/2 keeps to its listener too.
            let client = try await HTTP2Client.connect(
                port, tls: try trust.client(["h2"]), serverName: "a.example")
            #expect(try await client.ask(HTTP2Tests.question).status == 404)
            try await client.close()
        }
    }

    @Test func `a listener's certificate changes at run time, and goes with its listener`() async throws {
        let trust = try TLSTests.Trust()
        let next = try TLSTests.Trust()
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        let port = try await FreePorts.take(1)[0]
        try await GatewayHarness.run([], []) { harness async throws in
            func isTrusted(_ trust: TLSTests.Trust) async throws -> Bool {
                let client = try await RawClient.connect(port, tls: try trust.client(), serverName: "localhost")
                _ = try? await client.send(
                    ListenerTests.question.replacing("Host: gateway", with: "Host: gateway\r\nConnection: close"))
                return try await client.readToEnd().contains("200 OK")
            }
            var listener = Listener(id: Self.id("a"), port: port, certificate: try trust.listener("localhost"))
            harness.gateway.update(Self.table([listener], engine))
            try await eventually("the port") { harness.gateway.listenProblem(port) == nil }
            #expect(try await isTrusted(trust))
            listener.certificate = try next.listener("localhost")
            harness.gateway.update(Self.table([listener], engine))
            #expect(try await isTrusted(next))
            // One that cannot be used shuts the port rather than open it in the clear.
            listener.certificate = ListenerCertificate(chain: [], key: [])
            harness.gateway.update(Self.table([listener], engine))
            #expect(try await !isTrusted(next))
            let plain = try await RawClient.connect(port)
            try await plain.send(TLSTests.health)
            #expect(!(try await plain.readToEnd()).contains("HTTP/1.1"))
            #expect(!harness.metrics.text().contains(#"seconds_left{source="dev/edge/a"}"#))
        }
    }
}
