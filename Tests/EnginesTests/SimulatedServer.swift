import AgentProtocol
import AsyncHTTPClient
import EngineSimulator
import Engines
import JSONValues
import KVBlocks
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// A whole simulated vLLM server on this machine, and its own word on its cache.
struct SimulatedServer: Sendable {
    static let blockSize = 16
    static let events: JSONValue = [
        "enable_kv_cache_events": true, "publisher": "zmq", "endpoint": "tcp://*:0", "replay_endpoint": "tcp://*:0",
    ]

    var port: Int

    var id: EngineID { EngineID(namespace: "dev", pod: "p", port: port) }

    var candidate: EngineCandidate {
        EngineCandidate(
            namespace: "dev", name: "p", uid: "u", node: "n", ip: "127.0.0.1",
            containers: [
                [
                    "command": ["vllm", "serve", "m"],
                    "args": ["--port", .string(String(port)), "--kv-events-config", .string(Self.events.text())],
                ]
            ])
    }

    /// Its flags. Evictions would make holes whose blocks the truth cannot place; the pool is large enough for none.
    static func flags(port: Int) -> [String] {
        [
            "--model", "m", "--served-model-name", "m", "--port", String(port), "--max-model-len", "1024",
            "--block-size", String(blockSize), "--num-gpu-blocks-override", "4096", "--enable-prompt-tokens-details",
            "--time-scale", "0", "--enable-lora", "--lora-modules", "lora-a=/lora/a", "--kv-events-config",
            events.text(),
        ]
    }

    /// Runs one in this process, with `more` flags, while `body` runs.
    static func with(_ more: [String] = [], _ body: @escaping @Sendable (SimulatedServer) async throws -> Void)
        async throws
    {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let identity = try EngineIdentity(flags: try EngineFlags(arguments: flags(port: 0) + more), environment: [:])
        let simulated = try SimulatedEngine(identity, logger: .silent) { bound.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulated.run() }
            for await port in ports {
                try await body(SimulatedServer(port: port))
                break
            }
            group.cancelAll()
        }
    }

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

    /// The prompt tokens of a request that it took from its cache.
    func cachedTokens(of tokens: [UInt32], adapter: String = "", salt: String = "") async throws -> Int {
        let answer = try await ask(
            "/v1/completions",
            .members([
                "model": adapter.isEmpty ? "m" : .string(adapter), "max_tokens": 8, "ignore_eos": true,
                "prompt": .array(tokens.map { JSONValue(Int($0)) }), "cache_salt": salt.isEmpty ? nil : .string(salt),
            ]))
        return answer[path: "usage", "prompt_tokens_details", "cached_tokens"]?.integer ?? 0
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
                parent.flatMap(content).map { BlockChain.hashes(of: tokens, blockSize: Self.blockSize, after: $0) }
                ?? BlockChain.hashes(of: tokens, blockSize: Self.blockSize, namespace: namespace)
            known[hash] = found.first
            return found.first
        }
        return Set(byHash.keys.compactMap(content))
    }

    /// Waits until the monitor's block set is the engine's; each report may be the one that makes it so.
    func agree(_ monitor: EngineMonitor, _ journal: Journal) async throws {
        let truth = try await truth()
        while monitor.blockSet(id) != [truth] {
            _ = try await journal.first { report in if case .cache = report { true } else { nil } }
        }
    }
}
