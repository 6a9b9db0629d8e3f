import Gateway
import Governance
import NIOCore
import Observability
import Synchronization
import Testing

struct WaitingTests {
    /// An engine that takes its time for prompts that say so.
    static func slowEngine(_ pause: TimeAmount) async throws -> ScriptedEngine {
        try await .start { received in
            let answer = ScriptedEngine.response(#"{"choices":[],\#(RateLimitTests.usage)}"#)
            return received.body.contains("slow") ? [.pause(pause), answer] : [answer]
        }
    }

    static let slow = post("/v1/completions", #"{"model":"m","prompt":"slow"}"#)
    static let quick = post("/v1/completions", #"{"model":"m","prompt":"quick"}"#)

    static func run(
        _ policy: WaitingPolicy, pause: TimeAmount,
        _ body: @Sendable @escaping (GatewayHarness, ScriptedEngine) async throws -> Void
    ) async throws {
        let engine = try await slowEngine(pause)
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.waiting = policy }) {
            harness async throws in
            try await body(harness, engine)
        }
        try await engine.stop()
    }

    static func fair(concurrentMax: Int, timeout: Duration) -> WaitingPolicy {
        var fairness = WaitingPolicy.Fairness()
        fairness.concurrentMax = concurrentMax
        var policy = WaitingPolicy()
        policy.order = .fairness(fairness)
        policy.timeout = timeout
        return policy
    }

    /// Sends a request whose answer takes long, and waits until its engine has it.
    static func occupy(_ harness: GatewayHarness, _ engine: ScriptedEngine) async throws -> RawClient {
        let client = try await RawClient.connect(harness.port)
        try await client.send(slow)
        try await eventually("the engine's request") { !engine.received.isEmpty }
        return client
    }

    @Test func `more than engines can take waits, and beyond that is told to come back`() async throws {
        var policy = WaitingPolicy()
        policy.inFlightPerPod = 1
        policy.waitingMax = 1
        try await Self.run(policy, pause: .milliseconds(300)) { harness, engine async throws in
            let first = try await Self.occupy(harness, engine)
            let second = try await RawClient.connect(harness.port)
            try await second.send(Self.quick)
            let metrics = harness.metrics
            try await eventually("one that waits") {
                metrics.text().contains(#"martlet_gateway_waiting_size{model="m"} 1"#)
            }
            let third = try await harness.ask(Self.quick)
            #expect(third.hasPrefix("HTTP/1.1 429 Too Many Requests") && third.contains("\r\nretry-after: 1\r\n"))
            #expect(engine.received.count == 1)
            #expect(try await first.read(until: "choices").hasPrefix("HTTP/1.1 200"))
            #expect(try await second.read(until: "choices").hasPrefix("HTTP/1.1 200"))
            #expect(try await harness.ask(Self.quick).hasPrefix("HTTP/1.1 200"))
            let text = metrics.text()
            #expect(text.contains(#"limit_type="requests",path="/v1/completions"} 1"#))
            #expect(text.contains(#"martlet_gateway_waiting_dequeue_total{model="m"} 1"#))
            #expect(text.contains(#"martlet_gateway_waiting_size{model="m"} 0"#))
        }
    }

    @Test func `who waits too long is told so, and gives its place to others`() async throws {
        let policy = Self.fair(concurrentMax: 1, timeout: .milliseconds(50))
        try await Self.run(policy, pause: .milliseconds(500)) { harness, engine async throws in
            let first = try await Self.occupy(harness, engine)
            let answer = try await harness.ask(Self.quick)
            #expect(answer.hasPrefix("HTTP/1.1 504 Gateway Timeout"))
            #expect(answer.contains("Request processing timed out in queue"))
            _ = try await first.read(until: "choices")
            #expect(try await harness.ask(Self.quick).hasPrefix("HTTP/1.1 200"))
            let text = harness.metrics.text()
            #expect(text.contains(#"kthena_router_fairness_queue_cancelled_total{model="m",user_id="_all"} 1"#))
            #expect(text.contains(#"kthena_router_fairness_queue_size{model="m",user_id="_all"} 0"#))
        }
    }

    @Test func `a client that goes while it waits leaves nothing behind`() async throws {
        let policy = Self.fair(concurrentMax: 1, timeout: .seconds(60))
        try await Self.run(policy, pause: .milliseconds(300)) { harness, engine async throws in
            let first = try await Self.occupy(harness, engine)
            let second = try await RawClient.connect(harness.port)
            try await second.send(Self.quick)
            let metrics = harness.metrics
            try await eventually("one that waits") {
                metrics.text().contains(#"fairness_queue_size{model="m",user_id="_all"} 1"#)
                    && metrics.text().contains(#"active_downstream_requests{model="m"} 2"#)
            }
            try await second.close()
            try await eventually("none that waits") {
                metrics.text().contains(#"fairness_queue_size{model="m",user_id="_all"} 0"#)
                    && metrics.text().contains(#"active_downstream_requests{model="m"} 1"#)
            }
            _ = try await first.read(until: "choices")
            #expect(try await harness.ask(Self.quick).hasPrefix("HTTP/1.1 200"))
            let lines = harness.lines
            try await eventually("its line") { lines.text.contains("Client disconnected while waiting in queue") }
        }
    }

    @Test func `an unknown model never waits`() async throws {
        let policy = Self.fair(concurrentMax: 1, timeout: .seconds(60))
        try await Self.run(policy, pause: .milliseconds(200)) { harness, engine async throws in
            let first = try await Self.occupy(harness, engine)
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"x","prompt":"a"}"#))
            #expect(answer.hasPrefix("HTTP/1.1 404"))
            _ = try await first.read(until: "choices")
        }
    }

    @Test func `a session that just got an answer goes before others`() async throws {
        var boost = WaitingPolicy.SessionBoost()
        boost.inFlightPerPod = 1
        var policy = WaitingPolicy()
        policy.order = .sessionBoost(boost)
        try await Self.run(policy, pause: .milliseconds(300)) { harness, engine async throws in
            func ask(_ session: String, _ prompt: String) -> String {
                post(
                    "/v1/completions", #"{"model":"m","prompt":"\#(prompt)"}"#, fields: "X-Session-ID: \(session)\r\n")
            }
            _ = try await harness.ask(ask("mine", "before"))
            let first = try await RawClient.connect(harness.port)
            try await first.send(Self.slow)
            try await eventually("the engine's request") { engine.received.count == 2 }
            var clients: [RawClient] = []
            for (index, session) in ["other", "mine"].enumerated() {
                let client = try await RawClient.connect(harness.port)
                try await client.send(ask(session, "from \(session)"))
                clients.append(client)
                let metrics = harness.metrics
                try await eventually("one more that waits") {
                    metrics.text().contains(#"session_boost_queue_size{model="m"} \#(index + 1)"#)
                }
            }
            for client in clients + [first] { _ = try await client.read(until: "choices") }
            let order = engine.received.suffix(2).map { $0.body.contains("mine") }
            #expect(order == [true, false])
        }
    }
}
