import AgentProtocol
import Gateway
import JSONValues
import NIOCore
import Routing
import Synchronization
import Testing

/// Each bound on how long a part of a request may take.
struct TimeoutTests {
    static let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [ScriptedEngine.Step]
        var change: @Sendable (inout GatewayConfiguration) -> Void = { _ in }
    }

    static let mended = [
        Row(testDescription: "no head", steps: [.hang], change: { $0.headTimeout = .milliseconds(200) }),
        Row(
            testDescription: "a head and no body", steps: [.send(head), .hang],
            change: { $0.idleTimeout = .milliseconds(200) }),
        Row(
            testDescription: "a try without its first byte", steps: [.send(head), .hang],
            change: { $0.tryTimeout = .milliseconds(200) }),
        Row(testDescription: "nothing in a try", steps: [.hang], change: { $0.tryTimeout = .milliseconds(200) }),
    ]

    @Test(arguments: mended)
    func `before the first byte, time that ran out sends the request elsewhere`(row: Row) async throws {
        let bad = try await ScriptedEngine.start("bad") { _ in row.steps }
        let good = try await RetryTests.good("good")
        try await GatewayHarness.run(
            [bad.endpoint(), good.endpoint()], fleet: RetryTests.preferring("bad"), configuration: row.change
        ) { harness async throws in
            let start = ContinuousClock.now
            #expect(try await harness.ask(RetryTests.request).contains(#"{"from":"good"}"#))
            let taken = ContinuousClock.now - start
            #expect(taken >= .milliseconds(200) && taken < .seconds(5))
            #expect(try await harness.decision("r").contains("bad\",\"outcome\":\"no answer in time"))
            try await eventually("the engine to be cut off") { bad.record.withLock { $0.disconnects } == 1 }
        }
    }

    @Test func `an answer that stops in its middle is cut, and no other begins`() async throws {
        let bad = try await ScriptedEngine.start("bad") { _ in
            [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk(RelayTests.chunks[0])), .hang]
        }
        let good = try await RetryTests.good("good")
        try await GatewayHarness.run(
            [bad.endpoint(), good.endpoint()], fleet: RetryTests.preferring("bad"),
            configuration: { $0.idleTimeout = .milliseconds(200) }
        ) { harness async throws in
            let answer = try await harness.ask(RetryTests.request)
            #expect(body(of: answer) == ScriptedEngine.chunk(RelayTests.chunks[0]), "no end that makes it look whole")
            #expect(good.received.isEmpty)
        }
    }

    @Test func `the ModelServer's timeout never cuts a slow stream`() async throws {
        let events = (0..<8).map { "data: \($0)\n\n" }
        let engine = try await ScriptedEngine.start("slow") { _ in
            [.send(ScriptedEngine.streamHead)]
                + events.flatMap { [.pause(.milliseconds(100)), .send(ScriptedEngine.chunk($0))] } + [
                    .send("0\r\n\r\n")
                ]
        }
        try await GatewayHarness.run([engine.endpoint()], server: { $0.timeout = .milliseconds(300) }) {
            harness async throws in
            let answer = try await harness.ask(RetryTests.request)
            #expect(body(of: answer) == events.map(ScriptedEngine.chunk).joined() + "0\r\n\r\n")
        }
    }

    @Test func `a request as a whole has a time, in tries and pauses as in a stream`() async throws {
        let hung = try await ScriptedEngine.start("hung") { _ in [.hang] }
        try await GatewayHarness.run([hung.endpoint()], configuration: { $0.totalTimeout = .milliseconds(300) }) {
            harness async throws in
            let answer = try await harness.ask(RetryTests.request)
            #expect(answer.hasPrefix("HTTP/1.1 504 Gateway Timeout"))
            #expect(try RefusalTests.error(answer)["reason"]?.string == "request_timeout")
            #expect(answer.contains("ModelServer dev/server"))
        }
        let endless = try await ScriptedEngine.start("endless") { _ in
            [.send(ScriptedEngine.streamHead)]
                + (0..<1_000).flatMap { [.send(ScriptedEngine.chunk("data: \($0)\n\n")), .pause(.milliseconds(20))] }
        }
        try await GatewayHarness.run([endless.endpoint()], configuration: { $0.totalTimeout = .milliseconds(300) }) {
            harness async throws in
            let answer = try await harness.ask(RetryTests.request)
            #expect(answer.contains("data: 1\n\n") && !answer.hasSuffix("0\r\n\r\n"))
            try await eventually("the engine to be cut off") { endless.record.withLock { $0.disconnects } == 1 }
        }
    }

    @Test func `who may not be asked twice is not, unless the engine never saw it`() async throws {
        let request = post("/v1/files", #"{"model":"m","prompt":"a"}"#)
        let closes = try await ScriptedEngine.start("bad") { _ in [.close] }
        let good = try await RetryTests.good("good")
        try await GatewayHarness.run([closes.endpoint(), good.endpoint()], fleet: RetryTests.preferring("bad")) {
            harness async throws in
            #expect(try await harness.ask(request).hasPrefix("HTTP/1.1 503 "))
            #expect(good.received.isEmpty)
        }
        let dead = try await RetryTests.dead("bad")
        try await GatewayHarness.run([dead, good.endpoint()], fleet: RetryTests.preferring("bad")) {
            harness async throws in
            #expect(try await harness.ask(request).contains(#"{"from":"good"}"#))
        }
    }
}
