import AsyncHTTPClient
import EngineSimulator
import EngineWire
import JSONValues
import NIOCore
import NIOHTTP1
import Testing

@Suite(.serialized) struct EngineServerTests {
    private func cached(_ answer: LiveEngine.Answer) -> Int? {
        answer.json[path: "usage", "prompt_tokens_details", "cached_tokens"]?.integer
    }

    @Test func `serves a repeated prompt from the cache, and shows the same blocks in its truth`() async throws {
        try await LiveEngine.with { engine in
            let body: JSONValue = ["model": "tiny", "prompt": LiveEngine.freshPrompt(128), "max_tokens": 2]
            let first = try await engine.send("/v1/completions", body)
            #expect(cached(first) == 0)
            let second = try await engine.send("/v1/completions", body)
            #expect(cached(second) == 96, "the last token is never a hit, so the last block is not")
            #expect(second.json[path: "choices"]?[0]?["text"] == first.json[path: "choices"]?[0]?["text"])
            let blocks = try await engine.send("/simulator/blocks").json["blocks"]?.elements ?? []
            #expect(blocks.count == 5, "four blocks, the last one twice")
            #expect(Set(blocks.compactMap { $0["hash"]?.string }).count == 4)
            #expect(try await engine.send("/reset_prefix_cache", [:]).json == ["success": true])
            #expect(cached(try await engine.send("/v1/completions", body)) == 0)
        }
    }

    @Test func `speaks metrics a scraper can read`() async throws {
        try await LiveEngine.with { engine in
            let body: JSONValue = ["model": "tiny", "prompt": LiveEngine.freshPrompt(70), "max_tokens": 5]
            for _ in 0..<2 { _ = try await engine.send("/v1/completions", body) }
            let scraped = try await engine.send("/metrics")
            let page = try #require(PrometheusText.parse(scraped.body))
            #expect(page.malformedCount == 0)
            #expect(page.value("vllm:prompt_tokens_total") == 140)
            #expect(page.value("vllm:prefix_cache_hits_total") == 64)
            #expect(page.value("vllm:generation_tokens_total") == 10)
            #expect(page.value("vllm:num_requests_running", ["model_name": "tiny", "engine": "0"]) == 0)
            #expect(page["vllm:cache_config_info"]?.samples.first?.labels["num_gpu_blocks"] == "160")
            #expect(page.histogram("vllm:time_to_first_token_seconds")?.count == 2)
            let recorded = try Recording.bytes("metrics-0.32.0-load.txt")
            let real = try #require(PrometheusText.parse(recorded))
            for family in page.families where family.name.hasPrefix("vllm:") {
                #expect(real[family.name]?.type == family.type, "\(family.name)")
            }
        }
    }

    @Test func `frees a request whose client has gone`() async throws {
        try await LiveEngine.with(["--time-scale", "1"]) { engine in
            let body: JSONValue = ["model": "tiny", "prompt": "Hello", "max_tokens": 2000, "ignore_eos": true]
            for isStreamed in [true, false] {
                var body = body
                body["stream"] = .bool(isStreamed)
                var request = HTTPClientRequest(url: engine.base + "/v1/completions")
                request.method = .POST
                request.body = .bytes(ByteBuffer(bytes: body.bytes()))
                let sent = request
                // The client gives up as soon as it is worked on, long before two thousand tokens are made.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let response = try await HTTPClient.shared.execute(sent, timeout: .seconds(20))
                        for try await _ in response.body {}
                    }
                    try await engine.until { $0.running == 1 && $0.statistics.generationTokens > 0 }
                    group.cancelAll()
                    _ = await group.nextResult()
                }
                try await engine.until { $0.running == 0 }
                #expect(await engine.simulated.engine.snapshot().cacheUsage == 0)
            }
            let aborted = await engine.simulated.engine.snapshot().statistics.finished[.abort]
            #expect(aborted == 2)
        }
    }

    @Test func `ends at a stop string and does not show it`() async throws {
        try await LiveEngine.with { engine in
            let body: JSONValue = ["model": "tiny", "prompt": "One two three", "max_tokens": 40, "ignore_eos": true]
            let full = try await engine.send("/v1/completions", body).json["choices"]?[0]?["text"]?.string ?? ""
            let stop = String(full.dropFirst(20).prefix(7))
            var stopped = body
            stopped["stop"] = [.string(stop)]
            let choice = try await engine.send("/v1/completions", stopped).json["choices"]?[0]
            #expect(choice?["finish_reason"] == "stop")
            #expect(choice?["stop_reason"]?.string == stop)
            let end = try #require(full.firstRange(of: stop)?.lowerBound)
            #expect(choice?["text"]?.string == String(full[..<end]))
        }
    }

    @Test func `loads and unloads adapters, whose blocks are their own`() async throws {
        try await LiveEngine.with(["--enable-lora"]) { engine in
            let load: JSONValue = ["lora_name": "a", "lora_path": "/a"]
            let prompt = LiveEngine.freshPrompt(70)
            #expect(try await engine.send("/v1/load_lora_adapter", load).status == 200)
            #expect(try await engine.send("/v1/load_lora_adapter", load).status == 400)
            let models = try await engine.send("/v1/models").json["data"]?.elements ?? []
            #expect(models.map { $0["id"] } == ["tiny", "a"])
            #expect(models.last?["parent"] == "tiny")
            for model in ["tiny", "a"] {
                let body: JSONValue = ["model": .string(model), "prompt": prompt, "max_tokens": 1]
                #expect(cached(try await engine.send("/v1/completions", body)) == 0)
            }
            #expect(try await engine.send("/v1/unload_lora_adapter", ["lora_name": "a"]).status == 200)
            #expect(try await engine.send("/v1/unload_lora_adapter", ["lora_name": "a"]).status == 404)
        }
    }

    @Test func `publishes its events with where they come from`() async throws {
        let events = "{\"enable_kv_cache_events\":true,\"endpoint\":\"tcp://*:0\",\"topic\":\"kv@x\"}"
        try await LiveEngine.with(["--kv-events-config", events]) { engine in
            let source = try await engine.send("/kv_event_sources").json["0"]
            let endpoint = try #require(source?["endpoint"]?.string)
            #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
            let (messages, arrived) = AsyncStream.makeStream(of: KVEventMessage.self)
            let subscriber = try KVEventSubscriber { deliveries in
                for case .message(let message) in deliveries { arrived.yield(message) }
            }
            subscriber.follow(0, .init(endpoint: endpoint))
            var iterator = messages.makeAsyncIterator()
            let poke: JSONValue = ["model": "tiny", "prompt": LiveEngine.freshPrompt(40), "max_tokens": 1]
            // A subscriber that is too late for one batch sees the next.
            async let message = iterator.next()
            for _ in 0..<5 { _ = try await engine.send("/v1/completions", poke) }
            for _ in 0..<20 {
                let fresh: JSONValue = ["model": "tiny", "prompt": LiveEngine.freshPrompt(40), "max_tokens": 1]
                _ = try await engine.send("/v1/completions", fresh)
            }
            let seen = try #require(await message)
            #expect(seen.topic == "kv@x")
            let batch = try KVEventBatch.decode(seen.payload)
            guard case .stored(let stored) = batch.events.first else {
                Issue.record("no block was stored")
                return
            }
            #expect(stored.blockSize == 32)
            #expect(stored.tokenIDs.count == 32)
            subscriber.stop()
        }
    }
}
