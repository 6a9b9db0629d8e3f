import AgentProtocol
import EngineSimulator
import Gateway
import Governance
import HTTPWire
import JSONValues
import Logging
import NIOCore
import Observability
import Routing
import ServiceLifecycle
import Synchronization
import Testing

/// Streams that end before their end.
struct CutStreamTests {
    @Test func `a stream that breaks off is charged for the tokens that came`() async throws {
        let engine = try await ScriptedEngine.start { received in
            guard received.body.contains("breaks") else { return [ScriptedEngine.response(#"{"choices":[]}"#)] }
            let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
            let events = ([role] + Array(repeating: RelayTests.chunks[0], count: 6)).map(ScriptedEngine.chunk).joined()
            return [.send(ScriptedEngine.streamHead + events), .pause(.milliseconds(20)), .close]
        }
        let clock = RateLimitTests.TestClock()
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.clock = { clock.now } }) {
            harness async throws in
            harness.gateway.limit([RateLimitTests.policy(RateLimitTests.limit(.output, 10, .hour))])
            let request = post(
                "/v1/chat/completions", #"{"model":"m","stream":true,"messages":[{"role":"user","content":"breaks"}]}"#,
                fields: "X-Request-Id: cut\r\n")
            _ = try await harness.ask(request)
            #expect(try await harness.decision("cut").contains(#""countedTokens":6"#))
            _ = try await harness.ask(request)
            #expect(try await harness.ask(request).hasPrefix("HTTP/1.1 429 "), "twelve of ten tokens are spent")
        }
    }

    @Test func `a client that leaves is charged for what it got, and the engine stops at once`() async throws {
        let identity = try EngineIdentity(
            flags: try EngineFlags(arguments: [
                "--model", "/models/tinymodel", "--served-model-name", "real", "--host", "127.0.0.1", "--port", "0",
            ]), environment: ["PYTHONHASHSEED": "0"])
        let (ports, ready) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let engine = try SimulatedEngine(identity, logger: Logger(label: "engine") { _ in SwiftLogNoOpLogHandler() }) {
            ready.yield($0)
        }
        try await withThrowingTaskGroup { group in
            group.addTask { try await engine.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let endpoint = Endpoint(
                engine: .init(namespace: "dev", pod: "simulated", port: port), host: "127.0.0.1")
            try await GatewayHarness.run([endpoint]) { harness async throws in
                harness.gateway.limit([RateLimitTests.policy(RateLimitTests.limit(.output, 1_000_000, .hour))])
                try await Self.leave(harness, engine, times: 10)
            }
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    private static func leave(_ harness: GatewayHarness, _ engine: SimulatedEngine, times: Int) async throws {
        var taken: [Duration] = []
        for number in 1...times {
            let client = try await RawClient.connect(harness.port)
            try await client.send(
                post(
                    "/v1/completions",
                    #"{"model":"m","prompt":"go on","stream":true,"max_tokens":4000,"ignore_eos":true}"#,
                    fields: "X-Request-Id: left\(number)\r\n"))
            try await eventually("some of the answer") { client.text.split(separator: "data: ").count > 4 }
            let start = ContinuousClock.now
            try await client.close()
            while await engine.engine.snapshot().statistics.finished[.abort] ?? 0 < number {
                try #require(ContinuousClock.now - start < .seconds(5))
                try await Task.sleep(for: .milliseconds(1))
            }
            taken.append(ContinuousClock.now - start)
            let decision = try await harness.decision("left\(number)")
            #expect(decision.contains(#""countedTokens":"#) && decision.contains("client closed"))
        }
        taken.sort()
        // The middle one, for other tests may hold the machine up.
        #expect(taken[times / 2] <= .milliseconds(100), "\(taken)")
    }

    static let events: [(String, Int)] = [
        ("data: {\"choices\":[{\"text\":\"a\"}]}\n\ndata: {\"choices\":[{\"text\":\"\"}]}\n\n", 1),
        ("data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\r\n\r\n: ping\n\ndata: [DONE]\n\n", 1),
        ("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"r\",\"content\":null}}]}\n\n", 1),
        ("event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\": \"c\"}}\n\n", 1),
        ("data: {\"type\":\"response.output_text.delta\",\"delta\":\"d\"}\n\n", 1),
        ("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n", 0),
    ]

    @Test func `events with text are counted, however they are cut`() {
        let text = Array(Self.events.map(\.0).joined().utf8)
        for size in [1, 2, 7, 40, text.count] {
            var count = StreamTokenCount()
            for start in stride(from: 0, to: text.count, by: size) {
                let piece = Array(text[start..<min(start + size, text.count)])
                count.take(piece.span)
            }
            #expect(count.tokens == Self.events.map(\.1).reduce(0, +), "in pieces of \(size)")
        }
    }
}
