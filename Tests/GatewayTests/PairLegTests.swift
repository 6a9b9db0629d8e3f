import Gateway
import NIOCore
import Routing
import Synchronization
import Testing

/// What the legs of a pair are made of for each interface, and what goes without a pair.
struct PairLegTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var path: String
        var body: String
        var prefill: String
        var decode: String
        var testDescription: String { path }
    }

    static let rows = [
        Row(
            path: "/v1/chat/completions",
            body: #"{"model":"m","messages":[],"stream":true,"max_tokens":7,"stream_options":{"include_usage":true}}"#,
            prefill: #"{"model":"real","messages":[],"max_tokens":1}"#,
            decode:
                #"{"model":"real","messages":[],"stream":true,"max_tokens":7,"stream_options":{"include_usage":true}}"#
        ),
        Row(
            path: "/v1/completions", body: #"{"stream":true,"model":"m","prompt":"a","min_tokens":4}"#,
            prefill: #"{"model":"real","prompt":"a","max_tokens":1}"#,
            decode:
                #"{"stream":true,"model":"real","prompt":"a","min_tokens":4,"stream_options":{"include_usage":true}}"#),
        Row(
            path: "/v1/messages", body: #"{"model":"m","max_tokens":50,"messages":[],"stream":true}"#,
            prefill: #"{"model":"real","max_tokens":1,"messages":[]}"#,
            decode: #"{"model":"real","max_tokens":50,"messages":[],"stream":true}"#),
        Row(
            path: "/v1/responses", body: #"{"model":"m","input":"a","max_output_tokens":50,"stream":true}"#,
            prefill: #"{"model":"real","input":"a","max_output_tokens":1}"#,
            decode: #"{"model":"real","input":"a","max_output_tokens":50,"stream":true}"#),
        Row(
            path: "/v1/responses", body: #"{"model":"m","input":"a"}"#,
            prefill: #"{"model":"real","input":"a","max_output_tokens":1}"#, decode: #"{"model":"real","input":"a"}"#),
    ]

    @Test(arguments: rows) func `each leg has its body`(row: Row) async throws {
        let (prefill, decode) = (try await PairTests.prefill(), try await PairTests.decode())
        try await PairTests.run([prefill], [decode], connector: .http) { harness async throws in
            #expect(try await harness.ask(post(row.path, row.body)).contains("d0"))
            #expect(prefill.received.map(\.body) == [row.prefill])
            #expect(decode.received.map(\.body) == [row.decode])
        }
    }

    @Test(arguments: ["/v1/embeddings", "/tokenize", "/v1/score"])
    func `what generates nothing goes to one engine`(path: String) async throws {
        let (prefill, decode) = (try await PairTests.prefill(), try await PairTests.decode())
        try await PairTests.run([prefill], [decode]) { harness async throws in
            let answer = try await harness.ask(post(path, #"{"model":"m","input":"a"}"#))
            #expect(answer.contains("d0"))
            #expect(prefill.received.isEmpty)
            #expect(decode.received.map(\.body) == [#"{"model":"real","input":"a"}"#])
        }
    }

    @Test func `a short prompt needs no prefill engine, and the record says why`() async throws {
        let (prefill, decode) = (try await PairTests.prefill(), try await PairTests.decode())
        try await PairTests.run([prefill], [decode]) { harness async throws in
            harness.gateway.update(.standard)
            let body = #"{"model":"m","prompt":"a","kv_transfer_params":{}}"#
            let answer = try await harness.ask(post("/v1/completions", body, fields: "X-Request-Id: short\r\n"))
            #expect(answer.contains("d0"))
            #expect(prefill.received.isEmpty)
            #expect(decode.received.map(\.body) == [#"{"model":"real","prompt":"a"}"#])
            #expect(try await harness.decision("short").contains(#""reason":"prefillSkipped""#))
            let long = String(repeating: "word ", count: 100)
            _ = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"\#(long)"}"#))
            #expect(prefill.received.count == 1)
        }
    }

    @Test(arguments: [TargetServer.Connector.http, .nixl, .bootstrap])
    func `the target's timeout bounds each leg, and no stream`(connector: TargetServer.Connector) async throws {
        let slow = try await ScriptedEngine.start("p0") { _ in [.pause(.seconds(60))] }
        let decode = try await ScriptedEngine.start("d0") { received in
            let events = (0..<8).flatMap { number -> [ScriptedEngine.Step] in
                [.send(ScriptedEngine.chunk("data: \(number)\n\n")), .pause(.milliseconds(60))]
            }
            return [.send(ScriptedEngine.streamHead)] + events + [.send("0\r\n\r\n")]
        }
        func ask(_ prefill: ScriptedEngine, _ decode: ScriptedEngine) async throws -> String {
            let answers = Answers()
            try await GatewayHarness.run(
                [prefill.endpoint(.prefill, group: "g"), decode.endpoint(.decode, group: "g")],
                server: {
                    $0.isDisaggregated = true
                    $0.connector = connector
                    $0.timeout = .milliseconds(250)
                }
            ) { harness async throws in
                harness.gateway.update(PairTests.always)
                let answer = try await harness.ask(PairTests.request)
                answers.list.withLock { $0.append(answer) }
            }
            return answers.list.withLock { $0 }.first ?? ""
        }
        let start = ContinuousClock.now
        let late = try await ask(slow, decode)
        // A decode engine goes on alone: from the start, or where it began before the prefill was given up.
        #expect(late.contains("data: 7"))
        #expect(ContinuousClock.now - start < .seconds(8))
        let stuck = try await ScriptedEngine.start("d1") { _ in [.pause(.seconds(60))] }
        let answer = try await ask(try await PairTests.prefill(), stuck)
        #expect(answer.hasPrefix("HTTP/1.1 500 ") && answer.contains("no answer in time"))
    }

    final class Answers: Sendable { let list = Mutex<[String]>([]) }
}
