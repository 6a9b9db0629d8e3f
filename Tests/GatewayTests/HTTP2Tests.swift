import Gateway
import JSONValues
import NIOCore
import NIOHTTP2
import Observability
import Synchronization
import TestKit
import Testing

/// Requests over HTTP/2 by prior knowledge, on the same port as HTTP/1.1.
struct HTTP2Tests {
    static let health = "GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"
    static let question = #"{"model":"m","prompt":"a"}"#

    @Test func `many requests share a connection, and engines get each as HTTP/1.1`() async throws {
        let engine = try await ScriptedEngine.start { [ScriptedEngine.response(#"{"echo":"\#($0.target)"}"#)] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let streams = try await withThrowingTaskGroup { group in
                for index in 0..<100 {
                    group.addTask {
                        let body = #"{"model":"m","prompt":"\#(index)"}"#
                        let fields = [("content-type", "application/json"), ("cookie", "a=1"), ("cookie", "b=2")]
                        return try await client.begin("POST", "/v1/completions?n=\(index)", body, fields: fields)
                            .ended()
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(streams.allSatisfy { $0.status == 200 && $0.field("x-request-id") != nil })
            #expect(Set(streams.map(\.body)).count == 100)
            #expect(streams.allSatisfy { $0.field("connection") == nil && $0.field("transfer-encoding") == nil })
            let received = try #require(engine.received.first)
            #expect(received.fields["host"] == "127.0.0.1:\(engine.port)" || received.fields["host"] == "gateway")
            try await eventually("the access log") {
                harness.lines.text.contains(#""POST /v1/completions HTTP/2.0" 200"#)
            }
            #expect(received.fields["cookie"] == "a=1; b=2" && received.body.contains(#""model":"real""#))
            #expect(harness.metrics.text().contains("martlet_gateway_http2_connections 1"))
            try await client.close()
            try await eventually("the connection's end") {
                harness.metrics.text().contains("martlet_gateway_http2_connections 0")
            }
        }
    }

    @Test func `an event goes out as it comes, and the stream ends as the engine's does`() async throws {
        let events = ["data: {\"a\":1}\n\n", "data: {\"b\":2}\n\n", "data: [DONE]\n\n"]
        let engine = try await ScriptedEngine.start { _ in
            [.send(ScriptedEngine.streamHead)]
                + events.flatMap { [.send(ScriptedEngine.chunk($0)), .pause(.milliseconds(60))] }
                + [.send("0\r\n\r\n")]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let body = #"{"model":"m","prompt":"a","stream":true,"stream_options":{"include_usage":true}}"#
            let stream = try await client.ask(body)
            #expect(stream.status == 200 && stream.field("content-type") == "text/event-stream; charset=utf-8")
            #expect(stream.pieces == events)
            #expect(stream.isEnded)
            try await client.close()
        }
    }

    @Test(arguments: [1, 7, 4_096])
    func `trailers end the answer, however the engine's bytes are cut`(size: Int) async throws {
        let answer =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + ScriptedEngine.chunk("half")
            + ScriptedEngine.chunk("whole") + "0;a=b\r\nX-Sum: 9\r\nContent-Length: 3\r\nConnection: x\r\n\r\n"
        let pieces = stride(from: 0, to: answer.utf8.count, by: size).map { start in
            String(decoding: Array(answer.utf8)[start..<min(start + size, answer.utf8.count)], as: UTF8.self)
        }
        let engine = try await ScriptedEngine.start { _ in pieces.map { .send($0) } }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let stream = try await client.ask(Self.question)
            #expect(stream.status == 200 && stream.body == "halfwhole" && stream.isEnded)
            #expect(stream.field("x-sum") == "9")
            #expect(stream.field("content-length") == nil && stream.field("connection") == nil)
            try await client.close()
        }
    }

    @Test func `answers without an engine, errors and heads alone`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.bodyBytesMax = 1_000 }) {
            harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let health = try await client.begin("GET", "/healthz", "").ended()
            #expect(health.status == 200 && health.body == #"{"message":"ok"}"#)
            let head = try await client.begin("HEAD", "/healthz", "").ended()
            #expect(head.status == 200 && head.body.isEmpty && head.isEnded)
            #expect(head.field("content-length") == "\(health.count)")
            #expect(try await client.ask(#"{"model":"none","prompt":"a"}"#).status == 404)
            #expect(try await client.ask("no JSON").status == 400)
            let large = try await client.ask(String(repeating: "a", count: 2_000))
            #expect(large.status == 413)
            #expect(try await client.ask(Self.question).status == 200)
            #expect(
                harness.metrics.text().contains(#"martlet_gateway_refused_requests_total{reason="body_too_large"} 1"#))
            try await client.close()
        }
    }

    @Test func `a body too large is refused before it is complete, and the client told to stop`() async throws {
        try await GatewayHarness.run([], configuration: { $0.bodyBytesMax = 1_000 }) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let announced = try await client.begin(
                "POST", "/v1/completions", nil, fields: [("content-length", "5000")])
            try await announced.ended()
            #expect(announced.status == 413)
            let growing = try await client.begin("POST", "/v1/completions", nil)
            try await growing.send(Array(repeating: 0x61, count: 2_000), isLast: false)
            try await growing.ended()
            #expect(growing.status == 413)
            try await eventually("both resets") { announced.reset == .noError && growing.reset == .noError }
            #expect(!client.isClosed)
            try await client.close()
        }
    }

    @Test func `a body that stops coming is given up, and the connection stays`() async throws {
        try await GatewayHarness.run([], configuration: { $0.clientTimeout = .milliseconds(300) }) {
            harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let stream = try await client.begin("POST", "/v1/completions", nil)
            try await stream.send([0x7B], isLast: false)
            try await stream.ended()
            #expect(stream.status == 408)
            #expect(try await client.begin("GET", "/healthz", "").ended().status == 200)
            try await client.close()
        }
    }

    @Test func `a client that takes a request back has it cut off at the engine within 100 ms`() async throws {
        let engine = try await ScriptedEngine.start { _ in
            [.send(ScriptedEngine.streamHead), .send(ScriptedEngine.chunk("data: 1\n\n"))]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let stream = try await client.begin(
                "POST", "/v1/completions", #"{"model":"m","prompt":"a","stream":true}"#)
            try await eventually("the first event") { stream.count > 0 }
            let start = ContinuousClock.now
            try await stream.cancel()
            try await eventually("the engine to be cut off") { engine.record.withLock { $0.disconnects } == 1 }
            #expect(ContinuousClock.now - start < .milliseconds(100))
            #expect(try await client.begin("GET", "/healthz", "").ended().status == 200)
            // And so has one whose connection goes.
            _ = try await client.begin("POST", "/v1/completions", #"{"model":"m","prompt":"a","stream":true}"#)
            try await eventually("the second request") { engine.received.count == 2 }
            try await client.close()
            try await eventually("its end") { engine.record.withLock { $0.disconnects } == 2 }
        }
    }

    @Test func `an answer that breaks off ends with a reset, and never as if it were whole`() async throws {
        let engine = try await ScriptedEngine.start { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"), .pause(.milliseconds(50)), .close]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let stream = try await client.ask(Self.question)
            #expect(stream.status == 200 && !stream.isEnded && stream.reset == .internalError)
            #expect(try await client.begin("GET", "/healthz", "").ended().status == 200)
            try await client.close()
        }
    }

    @Test func `a client that does not read holds its engine back, and gets all of it in the end`() async throws {
        let size = 48 << 20
        let engine = try await ScriptedEngine.start { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n"), .flood(size)]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            let slow = try await client.begin("POST", "/v1/completions", Self.question, reads: false)
            let flooded: @Sendable () -> Int = { engine.record.withLock { $0.floodedBytes } }
            var before = -1
            // The flood has come to a halt where it does not grow for a while.
            while flooded() != before || before <= 0 {
                before = flooded()
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(before < 16 << 20, "sockets' buffers alone are full")
            #expect(try await client.begin("GET", "/healthz", "").ended().status == 200)
            try await slow.setReading(true)
            try await slow.ended()
            #expect(slow.count == size && slow.isEnded)
            try await client.close()
        }
    }

    @Test func `an idle connection gets GOAWAY`() async throws {
        try await GatewayHarness.run([], configuration: { $0.keepAliveTimeout = .milliseconds(200) }) {
            harness async throws in
            let client = try await HTTP2Client.connect(harness.port)
            #expect(try await client.begin("GET", "/healthz", "").ended().status == 200)
            try await eventually("the connection's end") { client.isClosed }
            #expect(client.goAway.withLock { $0 } == .noError)
        }
    }

    @Test func `what begins like a preface and is none, and a preface that comes late, get an answer of HTTP/1.1`()
        async throws
    {
        try await GatewayHarness.run([]) { harness async throws in
            let preface = "PRI * HTTP/2.0\r\n\r\n"
            for text in [preface + "XX\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + preface + "SM\r\n\r\n"] {
                let client = try await RawClient.connect(harness.port)
                try await client.send(text)
                #expect(try await client.readToEnd().contains("HTTP/1.1 505 "))
            }
            // In pieces it is one all the same.
            let slow = try await RawClient.connect(harness.port)
            for byte in HTTP2Wire.hello + HTTP2Wire.request(1) { try await slow.send(ByteBuffer(bytes: [byte])) }
            try await eventually("an answer") {
                HTTP2Wire.frames(slow.bytes).contains { $0.stream == 1 && $0.kind == 0 }
            }
            try await slow.close()
        }
    }
}
