import AgentProtocol
import Gateway
import JSONValues
import NIOCore
import Observability
import Routing
import Synchronization
import Testing

/// What becomes of engines that fail, and of the requests that meet them.
struct EngineHealthTests {
    static func stream(_ number: Int) -> String {
        post("/v1/completions", #"{"model":"m","prompt":"a","stream":true}"#, fields: "X-Request-Id: s\(number)\r\n")
    }

    static let answer: [ScriptedEngine.Step] = [
        .send(ScriptedEngine.streamHead + ScriptedEngine.chunk("data: [DONE]\n\n") + "0\r\n\r\n")
    ]

    @Test func `a wedged engine is out of decisions in three seconds, and its requests are answered by others`()
        async throws
    {
        let isWedged = Mutex(false)
        let sick = try await ScriptedEngine.start("sick") { _ in isWedged.withLock { $0 } ? [.hang] : Self.answer }
        let well = try await ScriptedEngine.start("well") { _ in Self.answer }
        try await GatewayHarness.run([sick.endpoint(), well.endpoint()], fleet: RetryTests.preferring("sick")) {
            harness async throws in
            for number in 0..<5 { _ = try await harness.ask(Self.stream(number)) }
            #expect(well.received.isEmpty)
            isWedged.withLock { $0 = true }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for number in 100..<106 {
                    group.addTask {
                        let answer = try await harness.ask(Self.stream(number))
                        #expect(answer.hasSuffix("0\r\n\r\n"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(sick.record.withLock { $0.disconnects } >= 6)
            let before = sick.received.count
            #expect(try await harness.ask(Self.stream(200)).hasSuffix("0\r\n\r\n"))
            #expect(sick.received.count == before, "nothing goes there any more")
            let health = harness.gateway.engineHealth.text()
            #expect(health.contains(#""cause":"stuck""#) && health.contains(#""state":"open""#), "\(health)")
            let metrics = harness.metrics.text()
            #expect(metrics.contains(#"martlet_gateway_engine_health_changes_total{cause="stuck"} 1"#))
            #expect(metrics.contains("martlet_gateway_ejected_engines 1"))
            #expect(try await harness.decision("s100").contains("it takes requests and produces nothing"))
        }
    }

    @Test func `answers that come whole go elsewhere too, where the agent sees work and no progress`() async throws {
        let isWedged = Mutex(false)
        let sick = try await ScriptedEngine.start("sick") { _ in
            isWedged.withLock { $0 } ? [.hang] : [ScriptedEngine.response("{}")]
        }
        let well = try await RetryTests.good("well")
        let fleet = FleetView(
            snapshot: {
                { id in
                    var load = EngineLoad()
                    load.running = id.pod == "sick" ? 2 : 200
                    load.prefillSecondsPerToken = 0.000_1
                    return EngineFacts(load: load)
                }
            }, matches: { _ in [:] })
        try await GatewayHarness.run([sick.endpoint(), well.endpoint()], fleet: fleet) { harness async throws in
            _ = try await harness.ask(RetryTests.request)
            #expect(sick.received.count == 1)
            isWedged.withLock { $0 = true }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        let answer = try await harness.ask(RetryTests.request)
                        #expect(answer.contains(#"{"from":"well"}"#))
                    }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(sick.received.count == 5)
        }
    }

    @Test func `where nobody else could answer, requests wait on for a silent engine`() async throws {
        let isSlow = Mutex(false)
        let only = try await ScriptedEngine.start("only") { _ in
            isSlow.withLock { $0 } ? [.pause(.milliseconds(700))] + Self.answer : Self.answer
        }
        try await GatewayHarness.run(
            [only.endpoint()], configuration: { $0.health.watch.silence = .milliseconds(200) }
        ) { harness async throws in
            for number in 0..<3 { _ = try await harness.ask(Self.stream(number)) }
            isSlow.withLock { $0 = true }
            try await withThrowingTaskGroup { group in
                for number in 10..<14 {
                    group.addTask {
                        let answer = try await harness.ask(Self.stream(number))
                        #expect(answer.hasSuffix("0\r\n\r\n"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(only.received.count == 7)
        }
    }

    @Test func `a client that takes nothing is given up, and its engine is not blamed for it`() async throws {
        let size = 16 * 1_048_576
        let engine = try await ScriptedEngine.start { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n"), .flood(size)]
        }
        try await GatewayHarness.run(
            [engine.endpoint()],
            configuration: {
                $0.idleTimeout = .milliseconds(300)
                $0.health.breaker.consecutiveMax = 1
            }
        ) { harness async throws in
            let client = try await RawClient.connect(harness.port, reads: false)
            try await client.send(RetryTests.request)
            #expect(try await harness.decision("r").contains("the client took nothing more of it"))
            try await eventually("the engine to be cut off") { engine.record.withLock { $0.disconnects } == 1 }
            #expect(harness.gateway.engineHealth.text() == #"{"engines":[],"changes":[]}"#)
            try await client.close()
        }
    }

    @Test func `an engine that fails again and again is left alone and comes back by a probe`() async throws {
        let isSick = Mutex(true)
        let sick = try await ScriptedEngine.start("sick") { _ in
            isSick.withLock { $0 }
                ? [ScriptedEngine.response("{}", "502 Bad Gateway")] : [ScriptedEngine.response(#"{"from":"sick"}"#)]
        }
        let well = try await RetryTests.good("well")
        try await GatewayHarness.run(
            [sick.endpoint(), well.endpoint()], fleet: RetryTests.preferring("sick"),
            configuration: { $0.health.breaker.pause = .milliseconds(300) }
        ) { harness async throws in
            for _ in 0..<6 { #expect(try await harness.ask(RetryTests.request).contains(#"{"from":"well"}"#)) }
            #expect(sick.received.count == 3)
            isSick.withLock { $0 = false }
            let port = harness
            let deadline = ContinuousClock.now + .seconds(10)
            while try await !port.ask(RetryTests.request).contains(#"{"from":"sick"}"#) {
                try #require(ContinuousClock.now < deadline)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(harness.gateway.engineHealth.text().contains(#""change":"takenBack","cause":"recovered""#))
        }
    }

    @Test func `a target that fails as a whole gets no storm of retries`() async throws {
        let sick = try await ScriptedEngine.start("a") { _ in [.pause(.milliseconds(100)), .close] }
        let other = try await ScriptedEngine.start("b") { _ in [.pause(.milliseconds(100)), .close] }
        try await GatewayHarness.run(
            [sick.endpoint(), other.endpoint()],
            configuration: {
                $0.health.retriesMin = 2
                $0.health.retryShare = 0.1
            }
        ) { harness async throws in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await harness.ask(RetryTests.request) } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            let refused = answers.filter { $0.contains(#""reason":"retry_budget""#) }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 503 ") })
            #expect(refused.count >= 12, "\(refused.count)")
            #expect(refused.allSatisfy { $0.contains("\r\nretry-after: 1\r\n") })
            #expect(sick.received.count + other.received.count <= 28)
            #expect(harness.metrics.text().contains("martlet_gateway_refused_retries_total \(refused.count)\n"))
        }
    }
}
