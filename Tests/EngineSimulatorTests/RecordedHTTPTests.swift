import EngineSimulator
import JSONValues
import Testing

/// The simulator's answers to recorded requests, against what vLLM 0.32 answered.
@Suite(.serialized) struct RecordedHTTPTests {
    /// The form of a JSON value: its members in their order, and the types of what they hold.
    private func shape(_ value: JSONValue, _ path: String = "") -> [String] {
        switch value {
        case .object(let members):
            return members.flatMap { [path + "." + $0.key] + shape($0.value, path + "." + $0.key) }
        case .array(let elements):
            if elements.allSatisfy({ $0.integer != nil }) { return [path + "[integers]"] }
            return elements.enumerated().flatMap { shape($0.element, path + "[\($0.offset)]") }
        case .null: return [path + " null"]
        case .bool: return [path + " bool"]
        case .integer: return [path + " integer"]
        case .double: return [path + " double"]
        case .string: return [path + " string"]
        }
    }

    private func answer(_ name: String, from engine: LiveEngine) async throws -> (LiveEngine.Answer, Recording.Message)
    {
        let request = try Recording.Message("\(name).request.txt")
        let line = request.start.split(separator: " ")
        let skipped: Set = ["host", "user-agent", "accept", "connection", "content-length"]
        let headers = request.headers.filter { !skipped.contains($0.key) }
        let body = line[0] == "GET" ? nil : request.body
        let answer = try await engine.send(String(line[1]), method: String(line[0]), body: body, headers: headers)
        return (answer, try Recording.Message("\(name).txt"))
    }

    static let whole = [
        "http-chat", "http-completion", "http-completion-token-ids", "http-completion-two-prompts",
        "http-completion-x-request-id", "http-models", "http-tokenize-text", "http-tokenize-chat", "http-detokenize",
        "http-load", "http-version", "http-reset-prefix-cache", "http-is-sleeping", "http-pd-1-prefill",
    ]

    @Test(arguments: whole) func `answers in the recorded form`(name: String) async throws {
        try await LiveEngine.with(Self.transfer) { engine in
            let (made, real) = try await answer(name, from: engine)
            #expect(real.start.contains(" \(made.status) "))
            #expect(made.headers["content-type"] == real.headers["content-type"])
            #expect(made.headers["server"] == real.headers["server"])
            var expected = try JSONValue.parse(real.body)
            var got = made.json
            if name == "http-completion-x-request-id" { #expect(got["id"] == expected["id"]) }
            // Only an engine with a connector answers these, and text of another tokenizer has other lengths.
            for key in ["usage", "token_strs"] where expected[path: key, "prompt_tokens"] != nil {
                #expect(got[path: key, "completion_tokens"] == expected[path: key, "completion_tokens"])
            }
            expected["created"] = nil
            got["created"] = nil
            #expect(shape(got) == shape(expected))
        }
    }

    static let transfer = [
        "--kv-transfer-config", "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_producer\"}",
    ]

    static let exact = [
        "http-err-bad-json", "http-err-bad-temperature", "http-err-chat-too-long", "http-err-max-tokens-too-large",
        "http-err-method", "http-err-missing-messages", "http-err-no-route", "http-err-prompt-too-long",
        "http-err-stream-max-tokens", "http-err-unknown-model", "http-health", "http-ping-get", "http-ping-post",
        "http-version", "http-load", "http-is-sleeping",
    ]

    @Test(arguments: exact) func `answers with the recorded bytes`(name: String) async throws {
        try await LiveEngine.with { engine in
            let (made, real) = try await answer(name, from: engine)
            #expect(real.start.contains(" \(made.status) "))
            #expect(made.text == String(decoding: real.body, as: UTF8.self))
            #expect(made.headers["allow"] == real.headers["allow"])
        }
    }

    static let streams = [
        "http-chat-stream", "http-chat-stream-usage", "http-chat-stream-usage-continuous",
        "http-completion-stream-usage",
    ]

    @Test(arguments: streams) func `streams in the recorded form`(name: String) async throws {
        try await LiveEngine.with { engine in
            let (made, real) = try await answer(name, from: engine)
            #expect(made.headers["content-type"] == real.headers["content-type"])
            let (got, expected) = (events(made.body), events(real.body))
            #expect(got.count == expected.count)
            #expect(got.last == "[DONE]")
            for (mine, theirs) in zip(got.dropLast(), expected.dropLast()) {
                #expect(shape(try JSONValue.parse(mine)) == shape(try JSONValue.parse(theirs)))
            }
        }
    }

    /// The data of each server-sent event.
    private func events(_ body: [UInt8]) -> [String] {
        String(decoding: body, as: UTF8.self).split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
    }
}
