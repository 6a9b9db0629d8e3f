import EngineSimulator
import JSONValues
import Testing

/// Prefill on one engine, decode on another, as `NixlConnector` does it.
@Suite(.serialized) struct TransferTests {
    private static func role(_ role: String, _ more: String = "") -> [String] {
        ["--kv-transfer-config", "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"\(role)\"\(more)}"]
    }

    private func prefill(_ prompt: JSONValue, on engine: LiveEngine) async throws -> JSONValue {
        let answer = try await engine.send(
            "/v1/completions",
            [
                "model": "tiny", "prompt": prompt, "max_tokens": 1,
                "kv_transfer_params": ["do_remote_decode": true, "do_remote_prefill": false],
            ])
        return answer.json["kv_transfer_params"] ?? .null
    }

    private func decode(_ prompt: JSONValue, _ transfer: JSONValue?, on engine: LiveEngine) async throws
        -> LiveEngine.Answer
    {
        var body: JSONValue = ["model": "tiny", "prompt": prompt, "max_tokens": 16, "ignore_eos": true]
        if let transfer { body["kv_transfer_params"] = transfer }
        return try await engine.send("/v1/completions", body)
    }

    @Test func `decodes what another engine prefilled, with the same answer`() async throws {
        try await LiveEngine.with(Self.role("kv_producer")) { producer in
            try await LiveEngine.with(Self.role("kv_consumer")) { consumer in
                let prompt = LiveEngine.freshPrompt(300)
                let alone = try await LiveEngine.with { try await self.decode(prompt, nil, on: $0) }
                let transfer = try await prefill(prompt, on: producer)
                #expect(transfer["remote_num_tokens"] == 300)
                #expect(transfer["remote_block_ids"]?[0]?.array?.count == 10)
                #expect(transfer["remote_prefill_cached_tokens"] == 0)
                #expect(await producer.simulated.engine.snapshot().cacheUsage > 0)

                let answer = try await decode(prompt, transfer, on: consumer)
                #expect(answer.json["choices"]?[0]?["text"] == alone.json["choices"]?[0]?["text"])
                #expect(answer.json[path: "usage", "prompt_tokens_details", "cached_tokens"] == 0)
                #expect(await producer.simulated.engine.snapshot().cacheUsage == 0, "the blocks are given back")
                let seen = await consumer.simulated.engine.snapshot().statistics
                #expect(seen.externalHits == 300)
                #expect(await consumer.simulated.engine.cachedBlocks().count == 9)

                let again = try await prefill(prompt, on: producer)
                #expect(again["remote_prefill_cached_tokens"] == 288)
                let second = try await decode(prompt, again, on: consumer)
                #expect(second.json[path: "usage", "prompt_tokens_details", "cached_tokens"] == 288)
            }
        }
    }

    @Test func `fails, or computes itself, when the prefill engine is not there`() async throws {
        let gone: JSONValue = [
            "do_remote_prefill": true, "do_remote_decode": false, "remote_block_ids": [[1, 2]],
            "remote_engine_id": "x", "remote_request_id": "y", "remote_host": "127.0.0.1", "remote_port": 9,
        ]
        let prompt = LiveEngine.freshPrompt(60)
        let failed = try await LiveEngine.with(Self.role("kv_consumer")) {
            try await self.decode(prompt, gone, on: $0)
        }
        let recorded = try Recording.Message("http-pd-9b-decode-unreachable-prefiller-policy-fail.txt")
        #expect(failed.status == 500)
        #expect(failed.text == String(decoding: recorded.body, as: UTF8.self))
        let flags = Self.role("kv_consumer", ",\"kv_load_failure_policy\":\"recompute\"")
        let recomputed = try await LiveEngine.with(flags) { try await self.decode(prompt, gone, on: $0) }
        #expect(recomputed.status == 200)
    }

    @Test func `dies of an object without its keys`() async throws {
        await #expect(throws: SimulatorError.self) {
            try await LiveEngine.with(Self.role("kv_consumer")) { engine in
                let prompt = LiveEngine.freshPrompt(60)
                let incomplete: JSONValue = ["do_remote_prefill": true, "remote_block_ids": [[1]]]
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await self.decode(prompt, incomplete, on: engine) }
                    while await engine.simulated.engine.death == nil { await Task.yield() }
                    group.cancelAll()
                }
                let later = try await self.decode(prompt, nil, on: engine)
                #expect(later.status == 500)
                #expect(later.json[path: "error", "message"]?.string?.hasPrefix("EngineCore encountered") == true)
                throw SimulatorError("the engine is dead")
            }
        }
    }
}
