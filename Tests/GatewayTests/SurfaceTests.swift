import AgentProtocol
import Gateway
import Governance
import HTTPWire
import KVBlocks
import Observability
import Routing
import Synchronization
import Testing

/// Every path of the API: what reaches the engine, what is counted, what limits see.
struct SurfaceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var path: String
        /// Members beside the model.
        var body: String
        /// The engine's answer; a stream when it begins with an event.
        var answer: String
        var usage: (prompt: Int, completion: Int)?
        /// The path as metrics have it.
        var label: String?
        var testDescription: String { path + (answer.hasPrefix("{") ? "" : " streamed") }
    }

    static func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

    static let messages = [
        event(
            "message_start",
            #"{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":16,"#
                + #""output_tokens":1}}}"#),
        event("content_block_delta", #"{"type":"content_block_delta","delta":{"text":"\#(filler)"}}"#),
        event("message_delta", #"{"type":"message_delta","usage":{"output_tokens":7}}"#),
        event("message_stop", #"{"type":"message_stop"}"#),
    ].joined()
    /// More than the bytes that are kept of an answer's end.
    static let filler = String(repeating: "word ", count: 3_000)
    static let responses = [
        event("response.created", #"{"type":"response.created","response":{"usage":null}}"#),
        event("response.output_text.delta", #"{"type":"response.output_text.delta","delta":"\#(filler)"}"#),
        event(
            "response.completed",
            #"{"type":"response.completed","response":{"usage":{"input_tokens":30,"input_tokens_details":"#
                + #"{"cached_tokens":16},"output_tokens":5,"total_tokens":35},"user":null}}"#),
    ].joined()

    static let rows = [
        Row(
            path: "/v1/messages", body: #""max_tokens":9,"messages":[{"role":"user","content":"a"}]"#,
            answer: #"{"usage":{"input_tokens":5,"output_tokens":2}}"#, usage: (5, 2)),
        Row(
            path: "/v1/messages", body: #""stream":true,"messages":[{"role":"user","content":"a"}]"#,
            answer: messages, usage: (25, 7)),
        Row(
            path: "/v1/responses", body: #""input":"a","max_output_tokens":3"#,
            answer: #"{"usage":{"input_tokens":5,"output_tokens":2}}"#, usage: (5, 2)),
        Row(path: "/v1/responses", body: #""input":[],"stream":true"#, answer: responses, usage: (30, 5)),
        Row(
            path: "/v1/embeddings", body: #""input":["a","b"]"#,
            answer: #"{"data":[],"usage":{"prompt_tokens":4,"total_tokens":4}}"#, usage: (4, 0)),
        Row(
            path: "/v1/rerank", body: #""query":"a","documents":["b"]"#,
            answer: #"{"usage":{"total_tokens":6},"results":[{"text":"\#(filler)"}]}"#, usage: (6, 0)),
        Row(path: "/rerank", body: #""query":"a","documents":["b"]"#, answer: #"{"results":[]}"#),
        Row(
            path: "/v1/score", body: #""text_1":"a","text_2":"b""#,
            answer: #"{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}"#, usage: (3, 0)),
        Row(path: "/tokenize", body: #""prompt":"a""#, answer: #"{"count":1,"tokens":[5]}"#),
        Row(path: "/detokenize", body: #""tokens":[5]"#, answer: #"{"prompt":"a"}"#),
        Row(path: "/v1/messages/count_tokens", body: #""messages":[]"#, answer: #"{"input_tokens":3}"#),
        Row(path: "/v1/something/new", body: #""x":1"#, answer: "{}", label: "unknown"),
    ]

    static func engine(_ answer: String) async throws -> ScriptedEngine {
        try await .start { _ in
            if answer.hasPrefix("{") { return [ScriptedEngine.response(answer)] }
            return [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk(answer) + "0\r\n\r\n")]
        }
    }

    @Test(arguments: rows) func `a request reaches an engine, unchanged but for its model, and is counted`(
        row: Row
    ) async throws {
        let engine = try await Self.engine(row.answer)
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let request = post(row.path + "?q=1", #"{"model": "m",\#(row.body)}"#, fields: "X-Request-Id: s\r\n")
            let answer = try await harness.ask(request)
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains(row.answer))
            #expect(engine.received.map(\.target) == [row.path + "?q=1"])
            #expect(engine.received.first?.body == #"{"model": "real",\#(row.body)}"#)
            let decision = try await harness.decision("s")
            let metrics = harness.metrics.text().split(separator: "\n")
            let label = row.label ?? row.path
            #expect(metrics.contains { $0.contains("requests_total{") && $0.contains("path=\"\(label)\"") })
            if let usage = row.usage {
                #expect(decision.contains(#""promptTokens":\#(usage.prompt),"completionTokens":\#(usage.completion)"#))
                for (kind, tokens) in [("input", usage.prompt), ("output", usage.completion)] {
                    let line = metrics.first {
                        $0.contains("tokens_total{") && $0.contains("path=\"\(label)\"")
                            && $0.contains("token_type=\"\(kind)\"")
                    }
                    #expect(line?.hasSuffix(" \(tokens)") == true, "\(kind): \(line ?? "none")")
                }
            }
        }
    }

    @Test(arguments: [rows[1], rows[3]])
    func `streams of every interface count against output limits`(row: Row) async throws {
        let engine = try await Self.engine(row.answer)
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            harness.gateway.limit([RateLimitTests.policy(RateLimitTests.limit(.output, 10))])
            let request = post(row.path, #"{"model":"m",\#(row.body)}"#)
            #expect(try await RateLimitTests.statuses(harness, 3, request) == [200, 200, 429])
        }
    }

    @Test func `the system text of Messages and the instructions of Responses count against input limits`() async throws
    {
        let engine = try await Self.engine(#"{"usage":{}}"#)
        let long = String(repeating: "word ", count: 40)
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            harness.gateway.limit([RateLimitTests.policy(RateLimitTests.limit(.input, 60))])
            for (path, body) in [
                ("/v1/messages", #""system":[{"type":"text","text":"\#(long)"}],"messages":[]"#),
                ("/v1/responses", #""instructions":"\#(long)","input":"a""#),
            ] {
                harness.gateway.limit([])
                harness.gateway.limit([RateLimitTests.policy(RateLimitTests.limit(.input, 60))])
                let request = post(path, #"{"model":"m",\#(body)}"#)
                #expect(try await RateLimitTests.statuses(harness, 2, request) == [200, 429], "\(path)")
            }
        }
    }

    @Test func `GET models lists every route and adapter`() async throws {
        try await GatewayHarness.run([]) { harness async throws in
            let answer = try await harness.ask("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n")
            #expect(answer.contains(#""id":"lora""#) && answer.contains(#""id":"m""#))
        }
    }

    static let converted = [
        (
            "/v1/messages", #"{"model":"m","max_tokens":1,"system":"be","messages":[{"role":"user","content":"hi"}]}"#,
            #"[{"role":"system","content":"be"},{"role":"user","content":"hi"}]"#
        ),
        (
            "/v1/responses", #"{"model":"m","instructions":"be","input":"hi"}"#,
            #"[{"role":"system","content":"be"},{"role":"user","content":"hi"}]"#
        ),
    ]

    @Test(arguments: converted) func `a prompt of these interfaces goes where its blocks are`(
        path: String, request: String, chat: String
    ) async throws {
        try await PromptTests.run { harness, engines, asked async throws in
            let answer = try await harness.ask(post(path, request, fields: "X-Request-Id: c\r\n"))
            #expect(answer.contains(#"{"from":"c"}"#))
            let tokenize = engines.flatMap(\.received).filter { $0.target == "/tokenize" }
            #expect(
                tokenize.map(\.body) == [#"{"model":"real","messages":\#(chat),"add_generation_prompt":true}"#])
            #expect(try await harness.decision("c").contains(#""predictedCachedTokens":48"#))
        }
    }

    static let untold = [
        ("/v1/messages", #"{"model":"m","tools":[{"name":"f"}],"messages":[{"role":"user","content":"hi"}]}"#),
        ("/v1/messages", #"{"model":"m","cache_salt":"s","messages":[{"role":"user","content":"hi"}]}"#),
        ("/v1/responses", #"{"model":"m","previous_response_id":"r","input":"hi"}"#),
    ]

    @Test(arguments: untold) func `what cannot be told is routed by load`(path: String, request: String) async throws {
        try await PromptTests.run { harness, engines, _ async throws in
            #expect(try await harness.ask(post(path, request)).contains("200 OK"))
            #expect(engines.flatMap(\.received).allSatisfy { $0.target != "/tokenize" })
        }
    }
}
