import Gateway
import Governance
import Observability
import Routing
import Synchronization
import Testing

/// Token limits in front of an engine. A chat of "hello world" is ten tokens; every answer has five.
struct RateLimitTests {
    static let chat = post(
        "/v1/chat/completions", #"{"model":"m","messages":[{"role":"user","content":"hello world"}]}"#)
    static let usage = #""usage":{"prompt_tokens":8,"total_tokens":13,"completion_tokens":5}"#

    /// Time that a test moves.
    final class TestClock: Sendable {
        private let seconds = Mutex(1_000.0)
        func advance(_ more: Double) { seconds.withLock { $0 += more } }
        var now: Duration { .seconds(seconds.withLock { $0 }) }
    }

    static func limit(_ kind: TokenKind, _ tokens: Int, _ unit: LimitUnit = .minute) -> TokenLimit {
        TokenLimit(kind, TokenBucket.Size(tokens, per: unit))
    }

    static func policy(_ limits: TokenLimit...) -> LimitPolicy { LimitPolicy(model: "m", limits: limits) }

    /// A gateway with these limits before one engine that answers everything.
    static func run(
        _ policies: [LimitPolicy], _ body: @Sendable @escaping (GatewayHarness, TestClock) async throws -> Void
    ) async throws {
        let engine = try await ScriptedEngine.start { received in
            guard received.body.contains(#""stream":true"#) else {
                return [ScriptedEngine.response(#"{"choices":[],\#(usage)}"#)]
            }
            let events = [
                #"data: {"choices":[{"delta":{"content":"a"}}]}"#, #"data: {"choices":[],\#(usage)}"#, "data: [DONE]",
            ]
            let chunks = events.map { ScriptedEngine.chunk($0 + "\n\n") }.joined()
            return [.send(ScriptedEngine.streamHead + chunks + "0\r\n\r\n")]
        }
        let clock = TestClock()
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.clock = { clock.now } }) {
            harness async throws in
            harness.gateway.limit(policies)
            try await body(harness, clock)
        }
        try await engine.stop()
    }

    /// The statuses of requests sent one after another.
    static func statuses(_ harness: GatewayHarness, _ count: Int, _ request: String = chat) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(Int(try await harness.ask(request).dropFirst(9).prefix(3)) ?? 0) }
        return statuses
    }

    @Test func `thirty tokens a minute are three prompts of ten, refilled within the window`() async throws {
        try await Self.run([Self.policy(Self.limit(.input, 30))]) { harness, clock async throws in
            #expect(try await Self.statuses(harness, 4) == [200, 200, 200, 429])
            let refusal = try await harness.ask(Self.chat)
            #expect(refusal.contains("input token rate limit exceeded"))
            #expect(refusal.contains("\r\nretry-after: 20\r\n"))
            clock.advance(10)
            #expect(try await Self.statuses(harness, 1) == [429])
            clock.advance(60)
            #expect(try await Self.statuses(harness, 4) == [200, 200, 200, 429])
            let metrics = harness.metrics.text()
            #expect(
                metrics.contains(
                    #"rate_limit_exceeded_total{model="m",limit_type="input_tokens",path="/v1/chat/completions"} 4"#))
            #expect(metrics.contains(#"status_code="429",error_type="rate_limit""#))
        }
    }

    static let streamed = post(
        "/v1/chat/completions",
        #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello world"}]}"#)
    static let asking = post(
        "/v1/chat/completions",
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true},"#
            + #""messages":[{"role":"user","content":"a"}]}"#
    )

    @Test(arguments: [chat, streamed, asking]) func `answers count by what engines report`(request: String) async throws
    {
        try await Self.run([Self.policy(Self.limit(.output, 10))]) { harness, clock async throws in
            #expect(try await Self.statuses(harness, 3, request) == [200, 200, 429])
            let refusal = try await harness.ask(request)
            #expect(refusal.contains("output token rate limit exceeded"))
            #expect(refusal.contains("\r\nretry-after: 6\r\n"))
            clock.advance(6)
            #expect(try await Self.statuses(harness, 2, request) == [200, 429])
            let tokens = #"token_type="output",model_route="dev/route",backend_type="model_server""#
            #expect(harness.metrics.text().contains(tokens))
        }
    }

    @Test func `limits follow the route as it is edited`() async throws {
        try await Self.run([Self.policy(Self.limit(.input, 10))]) { harness, _ async throws in
            #expect(try await Self.statuses(harness, 2) == [200, 429])
            harness.gateway.limit([Self.policy(Self.limit(.output, 1_000))])
            #expect(try await Self.statuses(harness, 5) == [200, 200, 200, 200, 200])
            harness.gateway.limit([Self.policy(Self.limit(.input, 20))])
            #expect(try await Self.statuses(harness, 3) == [200, 200, 429])
            harness.gateway.limit([])
            #expect(try await Self.statuses(harness, 2) == [200, 200])
        }
    }

    @Test func `two routes of one model share its limit`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        func route(_ name: String, _ headers: [String: StringMatch], created: Int64) -> Route {
            Route(
                name: ObjectName(namespace: "dev", name: name), createdAt: created, model: "m",
                rules: [RouteRule(headers: headers, targets: [RouteTarget(server: "server")])])
        }
        let server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: [engine.endpoint()])
        let routes = [route("vip", ["tier": .exact("vip")], created: 1), route("rest", [:], created: 2)]
        try await GatewayHarness.run(routes, [server]) { harness async throws in
            harness.gateway.limit([Self.policy(Self.limit(.input, 20, .hour)), Self.policy(Self.limit(.input, 99))])
            let vip = Self.chat.replacing("Content-Type", with: "Tier: vip\r\nContent-Type")
            #expect(try await Self.statuses(harness, 1, vip) == [200])
            #expect(try await Self.statuses(harness, 2) == [200, 429])
            #expect(try await Self.statuses(harness, 1, vip) == [429])
        }
        try await engine.stop()
    }

    @Test func `a prompt that never fits is told so`() async throws {
        try await Self.run([Self.policy(Self.limit(.input, 9))]) { harness, _ async throws in
            let refusal = try await harness.ask(Self.chat)
            #expect(refusal.hasPrefix("HTTP/1.1 429") && !refusal.contains("retry-after"))
            harness.gateway.limit([LimitPolicy(model: "m", promptTokensMax: 9)])
            let answer = try await harness.ask(Self.chat)
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("prompt too long: about 10 tokens"))
            harness.gateway.limit([LimitPolicy(model: "m", promptTokensMax: 10)])
            #expect(try await Self.statuses(harness, 1) == [200])
        }
    }

    @Test func `other models and adapters are not limited`() async throws {
        try await Self.run([Self.policy(Self.limit(.input, 1))]) { harness, _ async throws in
            let adapter = post("/v1/completions", #"{"model":"lora","prompt":"hello world and more"}"#)
            #expect(try await Self.statuses(harness, 3, adapter) == [200, 200, 200])
        }
    }
}
