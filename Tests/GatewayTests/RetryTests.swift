import AgentProtocol
import Gateway
import NIOCore
import Routing
import Synchronization
import Testing

struct RetryTests {
    static let request = post("/v1/completions", #"{"model":"m","prompt":"a"}"#, fields: "X-Request-Id: r\r\n")

    static func good(_ name: String) async throws -> ScriptedEngine {
        try await .start(name) { _ in [ScriptedEngine.response(#"{"from":"\#(name)"}"#)] }
    }

    /// An endpoint that refuses connections.
    static func dead(_ name: String) async throws -> Endpoint {
        let engine = try await ScriptedEngine.start(name) { _ in [] }
        let endpoint = engine.endpoint()
        try await engine.stop()
        return endpoint
    }

    /// Facts that make one pod the first choice.
    static func preferring(_ pod: String) -> FleetView {
        FleetView(
            snapshot: {
                { id in
                    var load = EngineLoad()
                    load.waiting = id.pod == pod ? 0 : 10
                    return EngineFacts(load: load)
                }
            }, matches: { _ in [:] })
    }

    @Test func `an engine that refuses connections is skipped, and left alone afterwards`() async throws {
        let engine = try await Self.good("good")
        let dead = try await Self.dead("dead")
        try await GatewayHarness.run([dead, engine.endpoint()], fleet: Self.preferring("dead")) {
            harness async throws in
            #expect(try await harness.ask(Self.request).contains(#"{"from":"good"}"#))
            let first = try await harness.decision("r")
            #expect(first.contains(#""retries":1"#))
            #expect(first.contains("no connection (refused)"))
            #expect(first.contains(#""pod":"good""#))
            #expect(try await harness.ask(Self.request.replacing(" r\r\n", with: " r2\r\n")).contains("good"))
            let second = try await harness.decision("r2")
            #expect(second.contains(#""retries":0"#))
            #expect(second.contains(#""excluded":"failedLately""#))
        }
    }

    static let failures: [(String, [ScriptedEngine.Step])] = [
        ("503", [ScriptedEngine.response("{}", "503 Service Unavailable")]),
        ("closed", [.close]),
        ("cut head", [.send("HTTP/1.1 200 OK\r\ncontent-"), .close]),
        ("garbage", [.send("SMTP ready\r\n\r\n")]),
        ("length and chunked", [.send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n")]),
    ]

    @Test(arguments: failures)
    func `an engine that gives no answer is retried elsewhere`(name: String, steps: [ScriptedEngine.Step]) async throws
    {
        let bad = try await ScriptedEngine.start("bad") { _ in steps }
        let engine = try await Self.good("good")
        try await GatewayHarness.run(
            [bad.endpoint(), engine.endpoint()], fleet: Self.preferring("bad")
        ) { harness async throws in
            #expect(try await harness.ask(Self.request).contains(#"{"from":"good"}"#), "\(name)")
            #expect(bad.received.count == 1)
            #expect(bad.received.first?.fields["x-request-id"] == "r")
            #expect(engine.received.first?.fields["x-request-id"] == "r")
        }
    }

    @Test func `an engine's refusal of the request reaches the client unchanged and is not retried`() async throws {
        for status in ["400 Bad Request", "422 Unprocessable Entity", "429 Too Many Requests", "500 Oops"] {
            let bad = try await ScriptedEngine.start("bad") { _ in
                [ScriptedEngine.response(#"{"error":{"message":"no"}}"#, status)]
            }
            let engine = try await Self.good("good")
            try await GatewayHarness.run(
                [bad.endpoint(), engine.endpoint()], fleet: Self.preferring("bad")
            ) { harness async throws in
                let answer = try await harness.ask(Self.request)
                #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
                #expect(body(of: answer) == #"{"error":{"message":"no"}}"#)
                #expect(engine.received.isEmpty)
            }
        }
    }

    @Test func `nothing is retried once a byte went to the client`() async throws {
        let bad = try await ScriptedEngine.start("bad") { _ in
            [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk("data: 1\n\n")), .pause(.milliseconds(10)), .close]
        }
        let engine = try await Self.good("good")
        try await GatewayHarness.run([bad.endpoint(), engine.endpoint()], fleet: Self.preferring("bad")) {
            harness async throws in
            let answer = try await harness.ask(Self.request)
            #expect(answer.hasSuffix(ScriptedEngine.chunk("data: 1\n\n")), "no end that would make it look whole")
            #expect(engine.received.isEmpty)
            #expect(try await harness.decision("r").contains("broke off"))
        }
    }

    @Test func `when every engine fails the client learns which and why`() async throws {
        let dead = [try await Self.dead("dead-0"), try await Self.dead("dead-1")]
        try await GatewayHarness.run(dead) { harness async throws in
            let answer = try await harness.ask(Self.request)
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.contains("request to all pods failed"))
            #expect(answer.contains("dead-0: no connection (refused)"))
            #expect(answer.contains("dead-1: no connection (refused)"))
            #expect(answer.contains(#""code":503"#))
        }
    }

    @Test func `an idle connection that the engine closed costs no attempt`() async throws {
        // Answers one request a connection and closes it unannounced when the next one comes.
        let count = Mutex(0)
        let engine = try await ScriptedEngine.start("pod-0") { _ in
            count.withLock { count in
                count += 1
                return count == 2 ? [.close] : [ScriptedEngine.response("{}")]
            }
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            #expect(try await harness.ask(Self.request).hasPrefix("HTTP/1.1 200 OK"))
            #expect(
                try await harness.ask(Self.request.replacing(" r\r\n", with: " r2\r\n")).hasPrefix("HTTP/1.1 200 OK"))
            #expect(try await harness.decision("r2").contains(#""retries":0"#))
            #expect(engine.record.withLock { $0.connections } == 2)
        }
    }

    @Test func `the ModelServer's timeout bounds the wait for a head, and its retries are counted`() async throws {
        let engine = try await ScriptedEngine.start("hung") { _ in [.pause(.seconds(60))] }
        try await GatewayHarness.run(
            [engine.endpoint()],
            server: {
                $0.timeout = .milliseconds(150)
                $0.retry = TargetServer.Retry(attempts: 1, interval: .milliseconds(10))
            }
        ) { harness async throws in
            let start = ContinuousClock.now
            let answer = try await harness.ask(Self.request)
            #expect(answer.contains("no answer in time"))
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(engine.received.count == 2)
            try await eventually("both connections to be cut") { engine.record.withLock { $0.disconnects } == 2 }
        }
    }

    @Test func `an adapter's request goes on where the first engine has not loaded it`() async throws {
        let without = try await ScriptedEngine.start("without") { _ in [ScriptedEngine.response("{}", "404 Not Found")]
        }
        let engine = try await Self.good("with")
        try await GatewayHarness.run(
            [without.endpoint(), engine.endpoint()], fleet: Self.preferring("without")
        ) { harness async throws in
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"lora","prompt":"a"}"#))
            #expect(answer.contains(#"{"from":"with"}"#))
            #expect(engine.received.first?.body == #"{"model":"lora","prompt":"a"}"#)
        }
    }
}
