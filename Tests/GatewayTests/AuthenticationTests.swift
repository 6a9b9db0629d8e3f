import Authentication
import Gateway
import Governance
import JSONValues
import KubernetesAPI
import Logging
import Routing
import TestKit
import Testing

struct AuthenticationTests {
    static let issuer = TestIssuer()

    /// A gateway that takes tokens of the issuer and the API key `sk-1`, before one engine.
    static func run(_ body: @Sendable @escaping (GatewayHarness) async throws -> Void) async throws {
        let engine = try await ScriptedEngine.start { _ in
            [ScriptedEngine.response(#"{"choices":[],\#(RateLimitTests.usage)}"#)]
        }
        let configuration = AuthConfiguration(
            issuer: "i", audiences: ["a"], keySetURI: "https://i/keys", takesAPIKeys: true)
        let authenticator = Authenticator(
            configuration, fetch: { _ in issuer.keySet }, now: { 1_000 },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        var secret: JSONValue = ["apiVersion": "v1", "kind": "Secret", "data": ["bob": "c2stMQ=="]]
        secret[path: "metadata", "name"] = "keys"
        secret[path: "metadata", "namespace"] = "dev"
        authenticator.take(APIKeyRing(secrets: [KubernetesObject(secret)]))
        try await withThrowingTaskGroup { group in
            group.addTask { try await authenticator.run() }
            try await GatewayHarness.run([engine.endpoint()], authenticator: authenticator, body)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
        try await engine.stop()
    }

    static func request(_ fields: String) -> String {
        RateLimitTests.chat.replacing("Content-Type", with: "\(fields)Content-Type")
    }

    static func bearer(_ claims: JSONValue) throws -> String {
        request("Authorization: Bearer \(try issuer.token(claims))\r\n")
    }

    /// The answer once the issuer's keys are there.
    static func ask(_ harness: GatewayHarness, _ request: String) async throws -> String {
        while true {
            let answer = try await harness.ask(request)
            if !answer.contains("could not be fetched yet") { return answer }
        }
    }

    @Test func `who proves nothing is refused, and told how`() async throws {
        try await Self.run { harness async throws in
            let good: JSONValue = ["iss": "i", "aud": "a", "exp": 2_000, "sub": "mia"]
            #expect(try await Self.ask(harness, Self.bearer(good)).hasPrefix("HTTP/1.1 200 OK"))
            #expect(try await harness.ask(Self.request("x-api-key: sk-1\r\n")).hasPrefix("HTTP/1.1 200 OK"))
            #expect(try await harness.ask(Self.request("Authorization: Bearer sk-1\r\n")).hasPrefix("HTTP/1.1 200 OK"))
            let refused = [
                (RateLimitTests.chat, "missing credentials"), (Self.request("x-api-key: sk-2\r\n"), "invalid API key"),
                (Self.request("Authorization: Basic YTpi\r\n"), "malformed Authorization"),
                (try Self.bearer(["iss": "i", "aud": "a", "exp": 999]), "it has expired"),
                ("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n", "missing credentials"),
            ]
            for (request, text) in refused {
                let answer = try await Self.ask(harness, request)
                #expect(answer.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
                #expect(answer.contains("www-authenticate: Bearer"))
                #expect(body(of: answer).hasPrefix(#"{"error":""#) && answer.contains(text))
            }
            let models = "GET /v1/models HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: sk-1\r\n\r\n"
            #expect(try await harness.ask(models).contains(#""id":"m""#))
            #expect(try await harness.ask("GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `limits by user and by key know whose request it is`() async throws {
        try await Self.run { harness async throws in
            let size = TokenBucket.Size(10, per: .hour)
            let policy = LimitPolicy(model: "m", limits: [TokenLimit(.input, size, scope: .user)])
            harness.gateway.limit([policy])
            func claims(_ user: String) -> JSONValue { ["iss": "i", "aud": "a", "exp": 2_000, "sub": .string(user)] }
            let requests = [
                try Self.bearer(claims("mia")), try Self.bearer(claims("bob")), try Self.bearer(claims("mia")),
                // The user of this key is bob too.
                Self.request("x-api-key: sk-1\r\n"),
            ]
            var statuses: [String] = []
            for request in requests {
                statuses.append(String(try await Self.ask(harness, request).dropFirst(9).prefix(3)))
            }
            #expect(statuses == ["200", "200", "429", "429"])
        }
    }
}
