import AgentProtocol
import Gateway
import KVBlocks
import ModelFiles
import Observability
import Routing
import Synchronization
import Testing

/// Prompts whose tokens are made in the gateway.
struct LocalTokensTests {
    /// What engines and the fleet show, and what the gateway did with it.
    struct Stage: Sendable {
        let harness: GatewayHarness
        let engines: [TokenizingEngine]
        let chains: Chains
        let folders: ModelFolders

        var questions: [String] { engines.flatMap(\.questions) }

        /// Sends a completion under an id and gives its decision.
        @discardableResult func complete(_ prompt: String, _ id: String) async throws -> String {
            let body = #"{"model":"m","prompt":"\#(prompt)"}"#
            return try await send("/v1/completions", body, id)
        }

        func send(_ path: String, _ body: String, _ id: String) async throws -> String {
            let answer = try await harness.ask(post(path, body, fields: "X-Request-Id: \(id)\r\n"))
            #expect(answer.contains("200 OK"))
            return try await harness.decision(id)
        }

        /// Sends prompts, each another one, until one's tokens come from there.
        func wait(for source: String, _ send: (Int) async throws -> String) async throws {
            let end = ContinuousClock.now + .seconds(20)
            var number = 0
            while try await !send(number).contains(#""source":"\#(source)""#) {
                number += 1
                guard ContinuousClock.now < end else { throw Overdue(description: "no tokens from \(source)") }
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        func waitForCompletions(_ source: String, _ name: String) async throws {
            let id = name.filter(\.isLetter)
            try await wait(for: source) { try await complete("\(name) number \($0)", "\(id)-\($0)") }
        }

        func count(_ line: String) -> Bool { harness.metrics.text().contains(line) }
    }

    struct Overdue: Error, CustomStringConvertible { var description: String }

    final class Chains: Sendable {
        let asked = Mutex<[[BlockHash]]>([])
        let incarnation = Mutex<UInt64>(1)
    }

    static func fleet(_ chains: Chains) -> FleetView {
        FleetView(
            snapshot: {
                let incarnation = chains.incarnation.withLock { $0 }
                return { _ in EngineFacts(blockSize: 16, hasExactCache: true, incarnation: incarnation) }
            },
            matches: { chain in
                chains.asked.withLock { $0.append(chain) }
                return [:]
            })
    }

    /// Two engines that go by `files`, and a folder with `here` for the model that they know as `real`.
    static func run(
        engines files: ModelFiles, here: ModelFiles?, loopBytesMax: Int = 32_768,
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        try await ModelFolders.with { folders in
            if let here { try folders.write(here, as: "real") }
            let chains = Chains()
            let engines = [
                try await TokenizingEngine.start("a", files), try await TokenizingEngine.start("b", files),
            ]
            try await GatewayHarness.run(
                engines.compactMap(\.endpoint), fleet: fleet(chains),
                configuration: {
                    $0.modelFolder = folders.path
                    $0.modelCheckPeriod = .milliseconds(20)
                    $0.loopPromptBytesMax = loopBytesMax
                }
            ) { harness async throws in
                try await body(Stage(harness: harness, engines: engines, chains: chains, folders: folders))
            }
        }
    }

    @Test(arguments: [32_768, 16]) func `a prompt becomes tokens here once an engine agreed`(
        loopBytesMax: Int
    ) async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: files, loopBytesMax: loopBytesMax) { stage async throws in
            try await stage.waitForCompletions("local", "first")
            let asked = stage.questions.count
            let text = String(repeating: "The cache holds\\n\\u00e9tudes 日本語 \\ud83d\\ude00 it's 12345. ", count: 40)
            let decision = try await stage.complete(text, "whole")
            let tokens = try #require(TokenizingEngine.tokens(#"{"prompt":"\#(text)"}"#, files))
            #expect(decision.contains(#""tokens":{"source":"local","prompt":\#(tokens.count)}"#))
            #expect(stage.chains.asked.withLock { $0.last } == BlockChain.hashes(of: tokens, blockSize: 16))
            #expect(stage.questions.count == asked)
            #expect(try await stage.complete(text, "again").contains(#""source":"cache""#))
            let place = loopBytesMax == 16 ? "thread" : "loop"
            #expect(!stage.count(#"martlet_gateway_local_tokens_seconds_count{on="\#(place)"} 0"#))
            #expect(
                stage.count(#"martlet_gateway_local_tokens{model_server="dev/server",model="real",prompts="text"} 1"#))
        }
    }

    @Test func `tokens around a prompt are left out where the request says so`() async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: files) { stage async throws in
            try await stage.waitForCompletions("local", "first")
            for (number, framed) in [true, false].enumerated() {
                let body = #"{"model":"m","prompt":"some words of a prompt","add_special_tokens":\#(framed)}"#
                let decision = try await stage.send("/v1/completions", body, "framed-\(number)")
                let tokens = try #require(TokenizingEngine.tokens(body, files))
                #expect(decision.contains(#""source":"local","prompt":\#(tokens.count)"#))
            }
        }
    }

    /// The body of a chat, with an id's worth of text.
    static func chat(_ text: String, _ more: String = "") -> String {
        #"{"model":"m","messages":[{"role":"system","content":"Be brief."},"#
            + #"{"role":"user","content":"\#(text)"}]\#(more)}"#
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
    func `a chat becomes tokens here once an engine agreed`(path: String) async throws {
        let files = try SmallModel.files("llama3")
        let body = { @Sendable (text: String) in
            switch path {
            case "/v1/messages":
                #"{"model":"m","max_tokens":5,"system":"Be brief.","messages":[{"role":"user","content":"\#(text)"}]}"#
            case "/v1/responses": #"{"model":"m","instructions":"Be brief.","input":"\#(text)"}"#
            default: Self.chat(text, #","temperature":0.5,"max_tokens":7,"stream":false"#)
            }
        }
        try await Self.run(engines: files, here: files) { stage async throws in
            try await stage.wait(for: "local") { try await stage.send(path, body("talk \($0)"), "talk-\($0)") }
            let asked = stage.questions.count
            let decision = try await stage.send(path, body("a last 日本語 talk"), "last")
            let tokens = try #require(TokenizingEngine.tokens(Self.chat("a last 日本語 talk"), files))
            #expect(decision.contains(#""tokens":{"source":"local","prompt":\#(tokens.count)}"#))
            #expect(stage.chains.asked.withLock { $0.last } == BlockChain.hashes(of: tokens, blockSize: 16))
            #expect(stage.questions.count == asked)
        }
    }

    @Test func `chats with what is not known here go through an engine, others do not`() async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: files) { stage async throws in
            let path = "/v1/chat/completions"
            try await stage.wait(for: "local") { try await stage.send(path, Self.chat("talk \($0)"), "talk-\($0)") }
            let odd = Self.chat("odd", #","a_member_of_tomorrow":{"x":1}"#)
            #expect(try await stage.send(path, odd, "odd").contains(#""source":"engine""#))
            let template = Self.chat("own", #","chat_template":"{{ messages }}""#)
            #expect(try await !stage.send(path, template, "own").contains(#""source":"local""#))
            #expect(try await stage.send(path, Self.chat("even"), "even").contains(#""source":"local""#))
        }
    }

    @Test func `another template of the engine leaves its chats with it, and texts here`() async throws {
        let files = try SmallModel.files("llama3")
        let others = try SmallModel.files("llama3", template: "A chat:\n" + SmallModel.template)
        try await Self.run(engines: files, here: others) { stage async throws in
            try await stage.waitForCompletions("local", "text")
            let decision = try await stage.send("/v1/chat/completions", Self.chat("talk"), "talk")
            #expect(decision.contains(#""source":"engine""#))
            #expect(
                stage.count(#"martlet_gateway_local_tokens{model_server="dev/server",model="real",prompts="chat"} 0"#))
        }
    }

    @Test func `files that give other tokens than the engine are not used`() async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: try SmallModel.files("qwen2")) { stage async throws in
            try await stage.wait(for: "engine") { number in
                let decision = try await stage.complete("prompt \(number)", "p-\(number)")
                let isChecked = stage.count(
                    #"martlet_gateway_local_token_checks_total{prompts="text",outcome="differed"}"#)
                return isChecked ? decision : ""
            }
            #expect(try await stage.complete("a last prompt", "last").contains(#""source":"engine""#))
            #expect(
                stage.count(#"martlet_gateway_local_tokens{model_server="dev/server",model="real",prompts="text"} 0"#))
        }
    }

    @Test func `files that change are checked anew`() async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: files) { stage async throws in
            try await stage.waitForCompletions("local", "right")
            try stage.folders.write(try SmallModel.files("gpt2"), as: "real")
            try await stage.waitForCompletions("engine", "wrong")
            try stage.folders.write(files, as: "real")
            try await stage.waitForCompletions("local", "right again")
        }
    }

    @Test func `an engine's new life is checked anew`() async throws {
        let files = try SmallModel.files("llama3")
        let others = try SmallModel.files("deepseek")
        try await Self.run(engines: files, here: files) { stage async throws in
            try await stage.waitForCompletions("local", "first life")
            for engine in stage.engines { engine.files.withLock { $0 = others } }
            stage.chains.incarnation.withLock { $0 = 2 }
            try await stage.waitForCompletions("engine", "second life")
        }
    }

    @Test func `files that cannot be read leave a model to its engines`() async throws {
        let files = try SmallModel.files("llama3")
        let broken = ModelFiles(tokenizer: Array(files.tokenizer.dropLast(100)))
        try await Self.run(engines: files, here: broken) { stage async throws in
            for number in 0..<20 {
                #expect(try await stage.complete("prompt \(number)", "p-\(number)").contains(#""source":"engine""#))
                try await Task.sleep(for: .milliseconds(5))
            }
            try stage.folders.write(files, as: "real")
            try await stage.waitForCompletions("local", "mended")
        }
    }

    @Test func `text that is no UTF-8 is the engine's to judge`() async throws {
        let files = try SmallModel.files("llama3")
        try await Self.run(engines: files, here: files) { stage async throws in
            try await stage.waitForCompletions("local", "first")
            // A lone half of a pair is no text; the engine that stands in here reads it as another sign.
            let decision = try await stage.send("/v1/completions", #"{"model":"m","prompt":"a \q b"}"#, "odd")
            #expect(decision.contains(#""source":"unavailable""#))
        }
    }
}
