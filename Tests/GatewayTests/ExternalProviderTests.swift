import AgentProtocol
import Certificates
import Gateway
import NIOSSL
import Routing
import Synchronization
import SystemFiles
import TestKit
import Testing

/// Upstreams behind TLS: somebody else's service, and pods whose ModelServer says `https`.
struct ExternalProviderTests {
    /// An engine behind TLS with a certificate for `name`, and the file with its authority.
    struct Secured: Sendable {
        var engine: ScriptedEngine
        var trustFile: String

        static func with(
            _ name: String, _ script: @escaping ScriptedEngine.Script,
            _ body: (Secured) async throws -> Void
        ) async throws {
            let authority = try CertificateAuthority.make(name: "test authority")
            let alternative = name.first?.isNumber == true ? "IP:\(name)" : "DNS:\(name)"
            let identity = try CertificateAuthority.makeServer(
                name: name, alternatives: [alternative], authority: authority)
            let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-tls-\(UInt64.random(in: 0 ... .max))"
            try Files.makeFolder(folder)
            let file = "\(folder)/ca.crt"
            try Files.write(String(decoding: authority.certificate, as: UTF8.self), to: file)
            let certificates = try NIOSSLCertificate.fromPEMBytes(identity.certificate)
            let tls = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: certificates.map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(bytes: identity.key, format: .pem))))
            let engine = try await ScriptedEngine.start("cloud", tls: tls, script)
            try await body(Secured(engine: engine, trustFile: file))
            try await engine.stop()
        }
    }

    static let name = ObjectName(namespace: "dev", name: "cloud")

    static func provider(
        _ port: Int, host: String = "localhost", dialect: ExternalService.Dialect = .openAI, model: String? = "gpt"
    ) -> TargetServer {
        var service = ExternalService(dialect: dialect, host: host, port: port, basePath: "/openai/v1")
        service.headers = ["X-Org": "o", "traceparent": "mine"]
        service.credential = .init(field: "authorization", value: "Bearer secret")
        var target = TargetServer(
            name: name, model: model,
            endpoints: [Endpoint(engine: EngineID(namespace: "dev", pod: "cloud", port: port), host: host)])
        target.scheme = .https
        target.external = service
        return target
    }

    static func run(
        _ target: TargetServer, trusting file: String?,
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        let route = Route(
            name: ObjectName(namespace: "dev", name: "route"), model: "m",
            rules: [RouteRule(targets: [RouteTarget(server: "cloud", backend: .externalProvider)])])
        try await GatewayHarness.run([], [], change: { $0.upstreamTrustFile = file }) { harness async throws in
            harness.gateway.update(RouteTable(routes: [route], providers: [target]))
            try await body(harness)
        }
    }

    static let fields =
        "Authorization: Bearer client\r\nCookie: c\r\nX-Other: o\r\nTraceparent: theirs\r\nAccept: a/b\r\n"

    @Test func `gets the client's words with its own model, path and credential, and no other field`() async throws {
        try await Secured.with("localhost") { _ in
            [ScriptedEngine.response("{}")]
        } _: { secured in
            try await Self.run(Self.provider(secured.engine.port), trusting: secured.trustFile) {
                harness async throws in
                let question = #"{"model":"m","messages":[]}"#
                for _ in 0..<2 {
                    let answer = try await harness.ask(
                        post("/v1/chat/completions?a=b", question, fields: Self.fields))
                    #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
                }
                let received = secured.engine.received
                #expect(received.count == 2)
                // The second request uses the first one's connection.
                #expect(secured.engine.record.withLock { $0.connections } == 1)
                let first = try #require(received.first)
                #expect(first.target == "/openai/v1/chat/completions?a=b")
                #expect(first.body == #"{"model":"gpt","messages":[]}"#)
                #expect(first.fields["host"] == "localhost:\(secured.engine.port)")
                #expect(first.fields["authorization"] == "Bearer secret")
                #expect(first.fields["x-org"] == "o")
                #expect(first.fields["traceparent"] == "mine")
                #expect(first.fields["accept"] == "a/b")
                #expect(first.fields["cookie"] == nil && first.fields["x-other"] == nil)
                let lines = harness.lines
                try await eventually("the lines") { lines.text.contains("backend_type=external_provider ") }
                #expect(!lines.text.contains("secret"))
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var certificate = "localhost"
        var isTrusted = true
        var skipsVerification = false
        var status = 200
        var part = ""
    }

    static let rows = [
        Row(testDescription: "trusted"),
        Row(testDescription: "unknown authority", isTrusted: false, status: 502, part: "not trusted"),
        Row(testDescription: "another name", certificate: "other.example", status: 502, part: "TLS"),
        Row(
            testDescription: "unchecked on demand", certificate: "other.example", isTrusted: false,
            skipsVerification: true),
    ]

    @Test(arguments: rows) func `the certificate is checked`(row: Row) async throws {
        try await Secured.with(row.certificate) { _ in
            [ScriptedEngine.response("{}")]
        } _: { secured in
            var target = Self.provider(secured.engine.port)
            target.external?.skipsVerification = row.skipsVerification
            try await Self.run(target, trusting: row.isTrusted ? secured.trustFile : nil) { harness async throws in
                let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
                #expect(answer.hasPrefix("HTTP/1.1 \(row.status) "), "\(answer)")
                #expect(row.part.isEmpty || answer.contains(row.part), "\(answer)")
                #expect(secured.engine.received.count == (row.status == 200 ? 1 : 0))
            }
        }
    }

    @Test(
        arguments: [
            ("429 Too Many Requests", 429), ("503 Service Unavailable", 503), ("401 Unauthorized", 401),
        ])
    func `its refusals reach the client as they are`(line: String, status: Int) async throws {
        try await Secured.with("localhost") { _ in
            [ScriptedEngine.response("no", line)]
        } _: { secured in
            try await Self.run(Self.provider(secured.engine.port), trusting: secured.trustFile) {
                harness async throws in
                let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(body(of: answer) == "no")
                #expect(secured.engine.received.count == 1)
            }
        }
    }

    @Test func `Anthropic gets a version, and no path of others`() async throws {
        try await Secured.with("localhost") { _ in
            [ScriptedEngine.response("{}")]
        } _: { secured in
            let target = Self.provider(secured.engine.port, dialect: .anthropic, model: nil)
            try await Self.run(target, trusting: secured.trustFile) { harness async throws in
                let question = #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}]}"#
                _ = try await harness.ask(post("/v1/messages", question, fields: "Anthropic-Beta: b\r\n"))
                let received = try #require(secured.engine.received.first)
                #expect(received.body == question)
                #expect(received.fields["anthropic-version"] == "2023-06-01")
                #expect(received.fields["anthropic-beta"] == "b")
                let refused = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
                #expect(refused.hasPrefix("HTTP/1.1 400 "))
                #expect(refused.contains("which has no /v1/completions"))
            }
        }
    }

    @Test func `one that is not there, or not ready, is said to be so`() async throws {
        let port = try await FreePorts.take(1)[0]
        var target = Self.provider(port)
        try await Self.run(target, trusting: nil) { harness async throws in
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
            #expect(answer.hasPrefix("HTTP/1.1 502 "))
        }
        target.external?.problem = "Secret dev/s is missing"
        try await Self.run(target, trusting: nil) { harness async throws in
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.contains("Secret dev/s is missing"))
        }
    }

    @Test func `pods are spoken to over TLS where their ModelServer says so`() async throws {
        try await Secured.with("127.0.0.1") { _ in
            [ScriptedEngine.response("{}")]
        } _: { secured in
            try await GatewayHarness.run(
                [secured.engine.endpoint()], server: { $0.scheme = .https },
                configuration: { $0.upstreamTrustFile = secured.trustFile }
            ) { harness async throws in
                let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
                #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
            }
        }
    }
}
