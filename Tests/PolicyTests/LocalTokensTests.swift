import Fleet
import FoundationEssentials
import Gateway
import JSONValues
import KVBlocks
import ModelFiles
import Observability
import Testing
import Tokens

/// Engines with a real tokenizer, whose agent announces its files: prompts become tokens in the gateway, and what it
/// predicts is what engines then find in their caches.
@Suite struct LocalTokensTests {
    static let template = """
        {% for m in messages %}<|im_start|>{{ m['role'] }}
        {{ m['content'] }}<|im_end|>
        {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
        {% endif %}
        """

    /// A folder with a small tokenizer of one family for the length of `body`.
    static func withModel<Result>(
        _ family: String, template: String = template, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let manager = FileManager.default
        let path = manager.temporaryDirectory.path + "/model-\(UInt64.random(in: 0 ... .max))"
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: path) }
        let tests = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
        try manager.copyItem(
            atPath: "\(tests)/TokensTests/Fixtures/\(family).tokenizer.json", toPath: "\(path)/tokenizer.json")
        let configuration = #"{"eos_token":"<|im_end|>","tokenizer_class":"PreTrainedTokenizerFast"}"#
        try Data(configuration.utf8).write(to: URL(filePath: "\(path)/tokenizer_config.json"))
        try Data(template.utf8).write(to: URL(filePath: "\(path)/chat_template.jinja"))
        return try await body(path)
    }

    /// Two engines that go by the files of one folder, with an agent that is told of another one.
    static func run(
        engines: String, announced: String, _ body: @escaping @Sendable (PolicyStage) async throws -> Void
    ) async throws {
        let flags = ["--tokenizer", engines, "--enable-prompt-tokens-details"]
        try await PolicyStage.run([flags, flags], "{}", tokenizer: announced, body)
    }

    static func prompt(_ topic: Int, turns: Int) -> String {
        (0..<turns).map { "Turn \($0) of talk \(topic): the router keeps prefixes, don't it? Größe \($0 * 7919). " }
            .joined()
    }

    static func completion(_ text: String) -> JSONValue {
        ["model": "m", "max_tokens": 1, "ignore_eos": true, "prompt": .string(text)]
    }

    /// Sends one request and gives its record.
    static func record(_ stage: PolicyStage, _ path: String, _ body: JSONValue) async throws -> JSONValue {
        let before = stage.gateway.decisions(latest: 4_096).count
        #expect(try await PolicyStage.send(stage.port, path, body) == 200)
        try await stage.until("the request is recorded") { _ in
            stage.gateway.decisions(latest: 4_096).count > before
        }
        return try #require(stage.gateway.decisions(latest: 1).first)
    }

    /// What the files of a folder make of a text.
    static func ids(_ text: String, _ folder: String) throws -> [UInt32] {
        var encoder = TokenEncoder(try Tokenizer(file: ModelFolder(folder).read().tokenizer))
        return encoder.encode(text, framed: true)
    }

    /// What the template above and the files make of one turn.
    static func chatIDs(_ text: String, _ folder: String) throws -> [UInt32] {
        var encoder = TokenEncoder(try Tokenizer(file: ModelFolder(folder).read().tokenizer))
        return encoder.encode("<|im_start|>user\n\(text)<|im_end|>\n<|im_start|>assistant\n", framed: false)
    }

    /// Sends requests until one's tokens come from there.
    static func wait(for source: String, _ send: (Int) async throws -> JSONValue) async throws {
        let end = ContinuousClock.now + .seconds(20)
        var number = 0
        while try await send(number)[path: "tokens", "source"]?.string != source {
            number += 1
            try #require(ContinuousClock.now < end, "no tokens from \(source)")
        }
    }

    /// Sends growing prompts of several talks and holds what was predicted against what the engines report.
    static func compare(
        _ stage: PolicyStage, _ path: String, ids: (_ text: String) throws -> [UInt32],
        _ body: (_ text: String) -> JSONValue
    ) async throws {
        var cached = 0
        for talk in 0..<4 {
            for turns in 1..<6 {
                let text = prompt(100 + talk, turns: 4 * turns)
                let record = try await record(stage, path, body(text))
                #expect(record[path: "tokens", "source"] == "local")
                #expect(record[path: "tokens", "prompt"] == record[path: "reported", "promptTokens"])
                #expect(record["predictedCachedTokens"] == record[path: "reported", "cachedTokens"])
                cached += record["predictedCachedTokens"]?.integer ?? 0
                // An engine tells what it stored after it answered.
                let chain = try BlockChain.hashes(of: ids(text), blockSize: 16)
                try await stage.until("blocks are told") { _ in
                    stage.fleet.matches(chain).values.contains(chain.count)
                }
            }
        }
        #expect(cached > 1_000)
    }

    @Test func `completions are predicted by tokens made here`() async throws {
        try await Self.withModel("qwen2") { path in
            try await Self.run(engines: path, announced: path) { stage async throws in
                try await Self.wait(for: "local") {
                    try await Self.record(stage, "/v1/completions", Self.completion(Self.prompt($0, turns: 2)))
                }
                try await Self.compare(stage, "/v1/completions", ids: { try Self.ids($0, path) }) {
                    Self.completion($0)
                }
            }
        }
    }

    @Test func `chats are predicted by tokens made here`() async throws {
        try await Self.withModel("llama3") { path in
            try await Self.run(engines: path, announced: path) { stage async throws in
                let send = "/v1/chat/completions"
                try await Self.wait(for: "local") {
                    try await Self.record(stage, send, PolicyStage.chat(Self.prompt($0, turns: 2)))
                }
                try await Self.compare(stage, send, ids: { try Self.chatIDs($0, path) }) { PolicyStage.chat($0) }
            }
        }
    }

    @Test func `files that are not those of the engine are noticed`() async throws {
        try await Self.withModel("qwen2") { right in
            try await Self.withModel("llama3") { wrong in
                try await Self.run(engines: right, announced: wrong) { stage async throws in
                    let differed =
                        #"martlet_gateway_local_token_checks_total{prompts="text",outcome="differed"} "#
                    try await Self.wait(for: "engine") { number in
                        let record = try await Self.record(
                            stage, "/v1/completions", Self.completion(Self.prompt(number, turns: 2)))
                        #expect(record[path: "tokens", "source"] == "engine")
                        return stage.metrics.text().contains(differed) ? record : [:]
                    }
                    let last = try await Self.record(stage, "/v1/completions", Self.completion("a last prompt"))
                    #expect(last[path: "tokens", "source"] == "engine")
                }
            }
        }
    }
}
