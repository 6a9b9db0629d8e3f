import Gateway
import JSONValues
import Routing
import SystemFiles
import Testing

/// Exchanges of a real vLLM server, as recorded beside the simulator's tests, replayed through the gateway.
struct RecordedTests {
    static let folder = String(#filePath.dropLast("GatewayTests/RecordedTests.swift".count))
    static let model = "tiny"

    static func text(_ name: String) throws -> String {
        String(decoding: try Files.read("\(folder)EngineSimulatorTests/Fixtures/http-\(name).txt"), as: UTF8.self)
    }

    /// The path and the body of a recorded request.
    static func request(_ name: String) throws -> (path: String, body: String) {
        let text = try text("\(name).request")
        return (String(text.split(separator: " ")[1]), GatewayTests.body(of: text))
    }

    /// What the chunks of a response hold.
    static func data(_ response: String) -> String {
        var data: [UInt8] = []
        var rest = Array(GatewayTests.body(of: response).utf8)[...]
        while let end = rest.firstIndex(of: 0x0D),
            let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), size > 0
        {
            data += rest[(end + 2)...].prefix(size)
            rest = rest[(end + 2)...].dropFirst(size + 2)
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// An engine that answers everything with one recorded answer and closes, as the recorded server did.
    static func engine(_ name: String, _ recording: String) async throws -> ScriptedEngine {
        let answer = try text(recording)
        return try await .start(name) { _ in [.send(answer), .close] }
    }

    static func run(
        _ endpoints: [Endpoint], connector: TargetServer.Connector? = nil,
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        var server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
        server.isDisaggregated = connector != nil
        server.connector = connector ?? .http
        let route = Route(
            name: ObjectName(namespace: "dev", name: "route"), model: model,
            rules: [RouteRule(name: "all", targets: [RouteTarget(server: "server")])])
        try await GatewayHarness.run([route], [server]) { harness async throws in
            harness.gateway.update(PairTests.always)
            try await body(harness)
        }
    }

    static let single = [
        "chat", "chat-stream", "chat-stream-usage", "chat-stream-usage-continuous", "completion",
        "completion-stream-usage", "completion-token-ids", "completion-two-prompts", "completion-x-request-id",
        "anthropic-messages", "responses", "tokenize-chat", "tokenize-text", "detokenize", "err-bad-temperature",
        "err-chat-too-long", "err-max-tokens-too-large", "err-prompt-too-long", "err-stream-max-tokens",
    ]

    @Test(arguments: single) func `an answer reaches the client byte for byte`(name: String) async throws {
        let engine = try await Self.engine("pod-0", name)
        let (path, asked) = try Self.request(name)
        let recorded = try Self.text(name)
        try await Self.run([engine.endpoint()]) { harness async throws in
            let answer = try await harness.ask(post(path, asked))
            #expect(answer.prefix(12) == recorded.prefix(12))
            // Where a usage may have to be taken out, the chunks are cut anew; the data are the same.
            let isCut = name == "chat-stream"
            #expect(
                (isCut ? Self.data(answer) : body(of: answer)) == (isCut ? Self.data(recorded) : body(of: recorded)))
            let received = try #require(engine.received.first)
            #expect(received.target == path)
            var expected = try JSONValue.parse(Array(asked.utf8))
            if expected["stream"] == true, expected["stream_options"] == nil {
                expected["stream_options"] = ["include_usage": true]
            }
            #expect(try JSONValue.parse(Array(received.body.utf8)) == expected)
        }
    }

    /// A prefill's body without what the recorded router wrote more than it had to.
    static func plain(_ body: String) throws -> JSONValue {
        var json = try JSONValue.parse(Array(body.utf8))
        if json["stream"] == false { json["stream"] = nil }
        json["max_completion_tokens"] = nil
        return json
    }

    static let pairs = [
        ("pd-1-prefill", "pd-2-decode"), ("pd-3-chat-prefill", "pd-4-chat-decode-stream"),
        ("pd-5-prefill-again", "pd-6-decode-local-hit"), ("pd-7-prefill-short", "pd-8-decode-short"),
    ]

    @Test(arguments: pairs) func `a pair of engines over NIXL hears and says what was recorded`(
        prefillName: String, decodeName: String
    ) async throws {
        let prefill = try await Self.engine("p0", prefillName)
        let decode = try await Self.engine("d0", decodeName)
        let (path, wanted) = try Self.request(decodeName)
        var asked = try JSONValue.parse(Array(wanted.utf8))
        asked["kv_transfer_params"] = nil
        let request = post(path, asked.text())
        let said = try Self.text(prefillName)
        try await Self.run(
            [prefill.endpoint(.prefill, group: "g"), decode.endpoint(.decode, group: "g")], connector: .nixl
        ) { harness async throws in
            let answer = try await harness.ask(request)
            #expect(try body(of: answer) == body(of: Self.text(decodeName)))
            let first = try #require(prefill.received.first)
            #expect(try Self.plain(first.body) == Self.plain(Self.request(prefillName).body))
            let second = try #require(decode.received.first)
            #expect(try JSONValue.parse(Array(second.body.utf8)) == .parse(Array(wanted.utf8)))
            // The object is the prefill engine's own, to the byte.
            let start = try #require(said.range(of: #""kv_transfer_params":"#)?.upperBound)
            let object = said[start...].prefix(through: try #require(said[start...].firstIndex(of: "}")))
            #expect(second.body.hasSuffix(#""kv_transfer_params":\#(object)}"#))
        }
    }

    @Test func `an engine that did not get its blocks fails its pair, and another computes the prompt`() async throws {
        let prefill = try await Self.engine("p0", "pd-1-prefill")
        let failure = try Self.text("pd-9b-decode-unreachable-prefiller-policy-fail")
        let decode = try await ScriptedEngine.start("d0") { received in
            received.body.contains("remote_port")
                ? [.send(failure), .close] : [ScriptedEngine.response(#"{"from":"d0"}"#)]
        }
        let (path, wanted) = try Self.request("pd-2-decode")
        var asked = try JSONValue.parse(Array(wanted.utf8))
        asked["kv_transfer_params"] = nil
        let request = post(path, asked.text())
        try await Self.run(
            [prefill.endpoint(.prefill, group: "g"), decode.endpoint(.decode, group: "g")], connector: .nixl
        ) { harness async throws in
            #expect(try await harness.ask(request).contains("d0"))
            #expect(decode.received.count == 2)
        }
    }
}
