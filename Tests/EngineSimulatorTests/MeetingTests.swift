import EngineSimulator
import JSONValues
import TestKit
import Testing

/// Prefill on one engine, decode on another, as vLLM's `MooncakeConnector` does it: both at once, under one id.
@Suite(.serialized) struct MeetingTests {
    static func role(_ role: String) -> [String] {
        let settings = #"{"kv_connector":"MooncakeConnector","kv_role":"\#(role)","engine_id":"e-\#(role)"}"#
        return ["--kv-transfer-config", settings]
    }

    static func body(_ prompt: JSONValue, tokens: Int, _ transfer: JSONValue?) -> JSONValue {
        .members([
            "model": "tiny", "prompt": prompt, "max_tokens": JSONValue(tokens), "ignore_eos": true,
            "kv_transfer_params": transfer,
        ])
    }

    @Test func `engines meet at the bootstrap server, whichever leg comes first`() async throws {
        let port = try await FreePorts.take(1)[0]
        let environment = ["PYTHONHASHSEED": "0", "VLLM_MOONCAKE_BOOTSTRAP_PORT": "\(port)"]
        try await LiveEngine.with(Self.role("kv_producer"), environment: environment) { producer in
            try await LiveEngine.with(Self.role("kv_consumer")) { consumer in
                let prompt = LiveEngine.freshPrompt(300)
                let alone = try await LiveEngine.with { engine in
                    try await engine.send("/v1/completions", Self.body(prompt, tokens: 16, nil))
                }
                let address = JSONValue.string("http://127.0.0.1:\(port)")
                async let decoded = consumer.send(
                    "/v1/completions",
                    Self.body(
                        prompt, tokens: 16,
                        [
                            "do_remote_prefill": true, "do_remote_decode": false, "transfer_id": "x-1",
                            "remote_engine_id": "e-kv_producer", "remote_bootstrap_addr": address,
                        ]))
                let prefilled = try await producer.send(
                    "/v1/completions",
                    Self.body(
                        prompt, tokens: 1,
                        ["do_remote_decode": true, "do_remote_prefill": false, "transfer_id": "x-1"]))
                #expect(prefilled.json["kv_transfer_params"] == .null)
                let answer = try await decoded
                #expect(answer.json["choices"]?[0]?["text"] == alone.json["choices"]?[0]?["text"])
                #expect(await consumer.simulated.engine.snapshot().statistics.externalHits == 300)
                #expect(await producer.simulated.engine.snapshot().cacheUsage == 0, "the blocks are given back")
                // An id of another life of the engine is nobody's.
                let stale = try await consumer.send(
                    "/v1/completions",
                    Self.body(
                        prompt, tokens: 1,
                        [
                            "do_remote_prefill": true, "transfer_id": "x-2", "remote_engine_id": "gone",
                            "remote_bootstrap_addr": address,
                        ]))
                #expect(stale.status == 500)
            }
        }
    }

    @Test func `a leg at the other role ends the engine`() async throws {
        for (role, member) in [("kv_consumer", "do_remote_decode"), ("kv_producer", "do_remote_prefill")] {
            let port = try await FreePorts.take(1)[0]
            let environment = ["PYTHONHASHSEED": "0", "VLLM_MOONCAKE_BOOTSTRAP_PORT": "\(port)"]
            await #expect(throws: SimulatorError.self) {
                try await LiveEngine.with(Self.role(role), environment: environment) { engine in
                    await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            let transfer = JSONValue.members([member: true, "transfer_id": "x"])
                            _ = try await engine.send(
                                "/v1/completions", Self.body(LiveEngine.freshPrompt(60), tokens: 1, transfer))
                        }
                        while await engine.simulated.engine.death == nil { await Task.yield() }
                        group.cancelAll()
                    }
                    throw SimulatorError("the engine is dead")
                }
            }
        }
    }
}
