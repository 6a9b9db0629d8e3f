import AgentProtocol
import AsyncHTTPClient
import EngineSimulator
import Engines
import JSONValues
import KVBlocks
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestKit
import Testing

/// The monitor against a whole simulated vLLM server, whose own word on its cache is the truth.
@Suite(.timeLimit(.minutes(2))) struct SimulatorTests {
    private static let blockSize = 16
    private static let events: JSONValue = [
        "enable_kv_cache_events": true, "publisher": "zmq", "endpoint": "tcp://*:0", "replay_endpoint": "tcp://*:0",
    ]

    /// A simulated server on a free port.
    private struct Server: Sendable {
        var port: Int

        func ask(_ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
            if let body {
                request.method = .POST
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: body.bytes()))
            }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            return try JSONValue.parse(Array(try await response.body.collect(upTo: 16 << 20).readableBytesView))
        }

        /// The blocks it says it holds, as content hashes.
        func truth() async throws -> Set<BlockHash> {
            let blocks = try await ask("/simulator/blocks")["blocks"]?.elements ?? []
            let byHash = Dictionary(blocks.map { ($0["hash"]?.string ?? "", $0) }) { first, _ in first }
            var known: [String: BlockHash] = [:]
            func content(_ hash: String) -> BlockHash? {
                if let found = known[hash] { return found }
                guard let block = byHash[hash] else { return nil }
                let tokens = (block["tokens"]?.elements ?? []).map { UInt32($0.integer ?? 0) }
                let parent = block["parent"]?.string
                guard parent == nil || byHash[parent ?? ""] != nil else { return nil }
                let namespace = ChainNamespace(
                    adapter: block["adapter"]?.string ?? "", salt: block["salt"]?.string ?? "")
                let found =
                    parent.flatMap(content).map { BlockChain.hashes(of: tokens, blockSize: blockSize, after: $0) }
                    ?? BlockChain.hashes(of: tokens, blockSize: blockSize, namespace: namespace)
                known[hash] = found.first
                return found.first
            }
            return Set(byHash.keys.compactMap(content))
        }
    }

    private static func with(_ body: @escaping @Sendable (Server) async throws -> Void) async throws {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        // Evictions would make holes whose blocks the truth cannot place; the pool is large enough for none.
        let flags = [
            "--model", "m", "--served-model-name", "m", "--port", "0", "--max-model-len", "1024", "--block-size",
            String(blockSize), "--num-gpu-blocks-override", "4096", "--enable-prompt-tokens-details", "--time-scale",
            "0", "--enable-lora", "--lora-modules", "lora-a=/lora/a", "--kv-events-config", events.text(),
        ]
        let identity = try EngineIdentity(flags: try EngineFlags(arguments: flags), environment: [:])
        let simulated = try SimulatedEngine(identity, logger: .silent) { bound.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulated.run() }
            for await port in ports {
                try await body(Server(port: port))
                break
            }
            group.cancelAll()
        }
    }

    private static func candidate(_ server: Server) -> EngineCandidate {
        EngineCandidate(
            namespace: "dev", name: "p", uid: "u", node: "n", ip: "127.0.0.1",
            containers: [
                [
                    "command": ["vllm", "serve", "m"],
                    "args": [
                        "--port", .string(String(server.port)), "--kv-events-config", .string(events.text()),
                    ],
                ]
            ])
    }

    /// Waits until the monitor's block set is the engine's; each report may be the one that makes it so.
    private static func agree(_ server: Server, _ monitor: EngineMonitor, _ journal: Journal) async throws {
        let id = EngineID(namespace: "dev", pod: "p", port: server.port)
        let truth = try await server.truth()
        while monitor.blockSet(id) != [truth] {
            _ = try await journal.first { report in if case .cache = report { true } else { nil } }
        }
    }

    @Test func `the block set is the engine's own and predicts what it takes from its cache`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await Self.with { server in
            var random = SeededRandom(seed: seed)
            try await Journal.watching { monitor, journal in
                let prompts = (0..<5).map { _ in (0..<200).map { _ in UInt32.random(in: 300..<2000, using: &random) } }
                monitor.update([Self.candidate(server)])
                _ = try await journal.engine { $0.isReady && $0.hasExactCache }
                let id = EngineID(namespace: "dev", pod: "p", port: server.port)
                for number in 0..<40 {
                    let start = prompts.randomElement(using: &random) ?? []
                    let tokens =
                        start.prefix(Int.random(in: 8...200, using: &random))
                        + (0..<Int.random(in: 0...40, using: &random)).map { _ in
                            UInt32.random(in: 300..<2000, using: &random)
                        }
                    let namespace = ChainNamespace(
                        adapter: number % 5 == 0 ? "lora-a" : "", salt: number % 7 == 0 ? "tenant" : "")
                    let chain = BlockChain.hashes(of: Array(tokens), blockSize: Self.blockSize, namespace: namespace)
                    let held = monitor.blockSet(id)?.first ?? []
                    let matching = chain.firstIndex { !held.contains($0) } ?? chain.count
                    let predicted = min(matching, (tokens.count - 1) / Self.blockSize) * Self.blockSize
                    let answer = try await server.ask(
                        "/v1/completions",
                        .members([
                            "model": namespace.adapter.isEmpty ? "m" : "lora-a", "max_tokens": 8, "ignore_eos": true,
                            "prompt": .array(tokens.map { JSONValue(Int($0)) }),
                            "cache_salt": namespace.salt.isEmpty ? nil : "tenant",
                        ]))
                    let cached = answer[path: "usage", "prompt_tokens_details", "cached_tokens"]?.integer ?? 0
                    #expect(predicted == cached, "request \(number) of seed \(seed)")
                    try await Self.agree(server, monitor, journal)
                }
                let description = try #require(monitor.engines.first).description
                #expect(description.blockSize == Self.blockSize)
                #expect(description.blockCount == 4096)
                #expect(description.adapters == ["lora-a"])
            }
        }
    }

    @Test func `an agent that comes late has the block set by replay`() async throws {
        try await Self.with { server in
            for first in 0..<10 {
                _ = try await server.ask(
                    "/v1/completions",
                    [
                        "model": "m", "max_tokens": 4,
                        "prompt": .array((0..<100).map { JSONValue(300 + first * 7 + $0) }),
                    ])
            }
            try await Journal.watching { monitor, journal in
                monitor.update([Self.candidate(server)])
                try await Self.agree(server, monitor, journal)
                #expect(try await !server.truth().isEmpty)
            }
        }
    }
}
