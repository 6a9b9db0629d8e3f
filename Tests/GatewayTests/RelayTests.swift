import Gateway
import NIOCore
import Routing
import Synchronization
import Testing

struct RelayTests {
    static let answer = #"{"id":"x","choices":[{"text":"hi"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#

    @Test func `relays an answer as it is, with the model's name rewritten on the way in`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response(Self.answer)] }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let body = #"{"model": "m", "prompt":"caf\u00e9 {\"model\":\"m\"}", "max_tokens" : 3}"#
            let answer = try await harness.ask(
                post("/v1/completions?x=1", body, fields: "X-Request-Id: r-1\r\nX-A: b\r\n"))
            #expect(
                answer
                    == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: r-1\r\n"
                    + "content-length: \(Self.answer.utf8.count)\r\nconnection: close\r\n\r\n\(Self.answer)")
            let received = try #require(engine.received.first)
            #expect(received.target == "/v1/completions?x=1")
            #expect(received.body == #"{"model": "real", "prompt":"caf\u00e9 {\"model\":\"m\"}", "max_tokens" : 3}"#)
            #expect(received.fields["x-request-id"] == "r-1")
            #expect(received.fields["x-a"] == "b")
            #expect(received.fields["host"] == "127.0.0.1:\(engine.port)")
            #expect(received.fields["connection"] == nil)
            let decision = try await harness.decision("r-1")
            #expect(decision.contains(#""pod":"pod-0""#))
            #expect(decision.contains(#""reported":{"promptTokens":5,"completionTokens":2}"#))
            #expect(!decision.contains("caf"))
        }
    }

    static let chunks = ["a", "b", "c"].map { #"data: {"choices":[{"delta":{"content":"\#($0)"}}]}"# + "\n\n" }
    static let usage =
        #"data: {"choices":[],"usage":{"prompt_tokens":28,"completion_tokens":8,"#
        + #""prompt_tokens_details":{"cached_tokens":16}}}"#
        + "\n\n"
    static let done = "data: [DONE]\n\n"

    static func streaming(_ events: [String]) -> ScriptedEngine.Script {
        { _ in
            [.send(ScriptedEngine.streamHead)]
                + events.flatMap { [.send(ScriptedEngine.chunk($0)), .pause(.milliseconds(3))] } + [.send("0\r\n\r\n")]
        }
    }

    @Test func `relays a stream byte for byte when the client asked for its usage itself`() async throws {
        let events = Self.chunks + [Self.usage, Self.done]
        let engine = try await ScriptedEngine.start("pod-0", Self.streaming(events))
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let request = #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#
            let answer = try await harness.ask(post("/v1/chat/completions", request, fields: "X-Request-Id: s\r\n"))
            #expect(body(of: answer) == events.map(ScriptedEngine.chunk).joined() + "0\r\n\r\n")
            #expect(engine.received.first?.body == request.replacing(#""m""#, with: #""real""#))
            #expect(try await harness.decision("s").contains(#""cachedTokens":16"#))
        }
    }

    @Test func `asks for the usage of a stream and takes it out again`() async throws {
        let engine = try await ScriptedEngine.start("pod-0", Self.streaming(Self.chunks + [Self.usage, Self.done]))
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let request = #"{"model":"m","messages":[],"stream":true}"#
            let answer = try await harness.ask(post("/v1/chat/completions", request, fields: "X-Request-Id: s\r\n"))
            #expect(body(of: answer) == (Self.chunks + [Self.done]).map(ScriptedEngine.chunk).joined() + "0\r\n\r\n")
            #expect(
                engine.received.first?.body
                    == #"{"model":"real","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#)
            let decision = try await harness.decision("s")
            #expect(decision.contains(#""reported":{"promptTokens":28,"completionTokens":8,"cachedTokens":16}"#))
            #expect(decision.contains("timeToFirstTokenMilliseconds"))
        }
    }

    @Test func `events in one packet, split anywhere, lose only the usage`() async throws {
        let whole = (Self.chunks + [Self.usage, Self.done]).joined()
        let cut = whole.utf8.count - 60
        let engine = try await ScriptedEngine.start { _ in
            let pieces = [String(whole.prefix(cut)), String(whole.dropFirst(cut))]
            return [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk(pieces[0])), .pause(.milliseconds(10))]
                + [.send(ScriptedEngine.chunk(pieces[1]) + "0\r\n\r\n")]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a","stream":true}"#))
            for event in Self.chunks + [Self.done] { #expect(answer.contains(event)) }
            #expect(!answer.contains("usage"))
            #expect(answer.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test func `an old client gets the data alone and a close`() async throws {
        let engine = try await ScriptedEngine.start("pod-0", Self.streaming(Self.chunks + [Self.done]))
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let client = try await RawClient.connect(harness.port)
            let request = #"{"model":"m","prompt":"a","stream":true}"#
            try await client.send(
                "POST /v1/completions HTTP/1.0\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)")
            let answer = try await client.readToEnd()
            #expect(body(of: answer) == (Self.chunks + [Self.done]).joined())
            #expect(!answer.contains("chunked"))
        }
    }

    @Test func `a body without length reaches a new client in chunks`() async throws {
        let engine = try await ScriptedEngine.start { _ in
            [.send("HTTP/1.1 200 OK\r\n\r\nhello"), .pause(.milliseconds(20)), .send(" world"), .close]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let answer = try await harness.ask(post("/v1/embeddings", #"{"model":"m","input":"a"}"#))
            #expect(body(of: answer) == "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        }
    }

    @Test func `pipelined requests are answered in order over one upstream connection`() async throws {
        let engine = try await ScriptedEngine.start { received in
            [.pause(.milliseconds(5)), ScriptedEngine.response(received.body)]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let client = try await RawClient.connect(harness.port)
            let bodies = (0..<5).map { #"{"model":"m","prompt":"\#($0)"}"# }
            try await client.send(
                bodies.map { post("/v1/completions", $0) }.joined() + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await client.read(until: #"{"message":"ok"}"#)
            let places = bodies.compactMap { answer.range(of: $0.replacing(#""m""#, with: #""real""#))?.lowerBound }
            #expect(places.count == 5)
            #expect(places == places.sorted())
            #expect(engine.record.withLock { $0.connections } == 1)
            #expect(!client.isClosed)
            try await client.close()
        }
    }

    @Test func `a slow client holds the engine back instead of filling memory`() async throws {
        let size = 64 * 1_048_576
        let engine = try await ScriptedEngine.start { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n"), .flood(size)]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let client = try await RawClient.connect(harness.port, reads: false)
            try await client.send(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
            // The flood stops when the kernel's buffers of both connections and the gateway's are full.
            try await eventually("the flood to begin") { engine.record.withLock { $0.floodedBytes } > 0 }
            var before = -1
            var now = 0
            while now != before {
                before = now
                try await Task.sleep(for: .milliseconds(150))
                now = engine.record.withLock { $0.floodedBytes }
            }
            #expect(now < size / 2, "flooded \(now) bytes")
            let held = try await harness.gateway.heldBytes()
            #expect(held.total > 0 && held.most <= 65_536, "\(held)")
            #expect(client.count == 0)
            try await client.close()
            try await eventually("the engine to be cut off") { engine.record.withLock { $0.disconnects } == 1 }
        }
    }

    @Test func `a client that leaves cuts the engine off at once`() async throws {
        let engine = try await ScriptedEngine.start { _ in
            [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk(Self.chunks[0]))]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness in
            let client = try await RawClient.connect(harness.port)
            try await client.send(
                post("/v1/completions", #"{"model":"m","prompt":"a","stream":true}"#, fields: "X-Request-Id: gone\r\n"))
            _ = try await client.read(until: Self.chunks[0])
            let start = ContinuousClock.now
            try await client.close()
            try await eventually("the engine's connection to end") { engine.record.withLock { $0.disconnects } == 1 }
            #expect(ContinuousClock.now - start < .seconds(1))
            #expect(try await harness.decision("gone").contains("client closed"))
        }
    }
}
