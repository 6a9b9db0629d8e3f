import AgentProtocol
import Gateway
import KVBlocks
import NIOCore
import Routing
import Synchronization
import Testing

struct PromptTests {
    static let tokens: [UInt32] = Array(100..<165)
    static var chain: [BlockHash] { BlockChain.hashes(of: tokens, blockSize: 16) }

    /// Every pod has an exact cache of blocks of 16 tokens; `holder` holds three blocks of the chain.
    static func fleet(_ holder: String, _ asked: Asked = Asked()) -> FleetView {
        FleetView(
            snapshot: { { _ in EngineFacts(blockSize: 16, hasExactCache: true) } },
            matches: { chain in
                asked.chains.withLock { $0.append(chain) }
                let count = zip(chain, Self.chain.prefix(3)).count { $0 == $1 }
                return [:].merging(asked.ports.withLock { $0 }[holder].map { [$0: count] } ?? [:]) { $1 }
            })
    }

    final class Asked: Sendable {
        let chains = Mutex<[[BlockHash]]>([])
        let ports = Mutex<[String: EngineID]>([:])
    }

    static func engine(_ name: String, tokenizes: Bool = true) async throws -> ScriptedEngine {
        try await .start(name) { received in
            guard received.target == "/tokenize" else { return [ScriptedEngine.response(#"{"from":"\#(name)"}"#)] }
            guard tokenizes else { return [.pause(.seconds(30))] }
            let list = tokens.map(String.init).joined(separator: ",")
            return [ScriptedEngine.response(#"{"count":65,"max_model_len":99,"tokens":[\#(list)],"token_strs":null}"#)]
        }
    }

    static func run(
        tokenizes: Bool = true,
        _ body: @Sendable @escaping (GatewayHarness, [ScriptedEngine], Asked) async throws -> Void
    ) async throws {
        let asked = Asked()
        var engines: [ScriptedEngine] = []
        for name in ["a", "b", "c"] { engines.append(try await engine(name, tokenizes: tokenizes)) }
        let started = engines
        asked.ports.withLock { ports in for engine in started { ports[engine.name] = engine.endpoint().engine } }
        try await GatewayHarness.run(started.map { $0.endpoint() }, fleet: fleet("c", asked)) { harness async throws in
            try await body(harness, started, asked)
        }
    }

    static let chat = #"{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"x":1}],"temperature":0}"#

    func served(_ engines: [ScriptedEngine]) -> [(String, ScriptedEngine.Received)] {
        engines.flatMap { engine in engine.received.map { (engine.name, $0) } }
    }

    @Test func `a prompt goes where its blocks are, and is tokenised once`() async throws {
        try await Self.run { harness, engines, asked async throws in
            for number in 0..<3 {
                let request = post("/v1/chat/completions", Self.chat, fields: "X-Request-Id: t\(number)\r\n")
                #expect(try await harness.ask(request).contains(#"{"from":"c"}"#))
            }
            let tokenize = self.served(engines).filter { $0.1.target == "/tokenize" }
            #expect(
                tokenize.map(\.1.body) == [
                    #"{"model":"real","messages":[{"role":"user","content":"hi"}],"tools":[{"x":1}],"#
                        + #""add_generation_prompt":true}"#
                ])
            #expect(asked.chains.withLock { $0 } == Array(repeating: Self.chain, count: 3))
            let first = try await harness.decision("t0")
            #expect(first.contains(#""tokens":{"source":"engine","prompt":65}"#))
            #expect(first.contains(#""reason":"cachedPrefix""#))
            #expect(first.contains(#""predictedCachedTokens":48"#))
            #expect(try await harness.decision("t2").contains(#""source":"cache""#))
        }
    }

    @Test func `tokens that the request brings need no engine`() async throws {
        try await Self.run { harness, engines, asked async throws in
            let list = Self.tokens.map(String.init).joined(separator: ", ")
            let answer = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":[\#(list)]}"#))
            #expect(answer.contains(#"{"from":"c"}"#))
            #expect(self.served(engines).count == 1)
            #expect(asked.chains.withLock { $0 } == [Self.chain])
        }
    }

    @Test func `the salt and the adapter are part of the chain`() async throws {
        try await Self.run { harness, _, asked async throws in
            let salted = #"{"model":"lora","messages":[],"cache_salt":"s"}"#
            _ = try await harness.ask(post("/v1/chat/completions", salted))
            let namespace = ChainNamespace(adapter: "lora", salt: "s")
            let expected = BlockChain.hashes(of: Self.tokens, blockSize: 16, namespace: namespace)
            #expect(asked.chains.withLock { $0 } == [expected])
        }
    }

    @Test func `an engine that does not tokenise in time costs the prefix, not the request`() async throws {
        try await Self.run(tokenizes: false) { harness, _, asked async throws in
            let start = ContinuousClock.now
            let request = post("/v1/chat/completions", Self.chat, fields: "X-Request-Id: slow\r\n")
            #expect(try await harness.ask(request).contains("200 OK"))
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(asked.chains.withLock { $0 }.isEmpty)
            let decision = try await harness.decision("slow")
            #expect(decision.contains(#""source":"unavailable""#))
            #expect(decision.contains("routed by load"))
        }
    }

    @Test func `pictures and several prompts are routed by load`() async throws {
        try await Self.run { harness, engines, _ async throws in
            let picture = #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}"#
            #expect(try await harness.ask(post("/v1/chat/completions", picture)).contains("200 OK"))
            #expect(
                try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":["a","b"]}"#)).contains("200 OK"))
            #expect(self.served(engines).allSatisfy { $0.1.target != "/tokenize" })
        }
    }
}
