import EngineSimulator
import EngineWire
import JSONValues
import Testing

/// The scripted run of a real vLLM 0.32, done again: same requests and answers in, same events and hits out.
struct RecordedRunTests {
    private func engine() -> VirtualEngine {
        var configuration = EngineConfiguration()
        configuration.blockSize = 32
        configuration.blockCount = 80
        configuration.maxModelLength = 2048
        configuration.maxBatchedTokens = 2048
        configuration.hasher = BlockHasher(seed: "0")
        return VirtualEngine(configuration)
    }

    private func requests(_ line: JSONValue) throws -> [EngineRequest] {
        let ids = try #require(line["prompt_token_ids"]?.array)
        let prompt = ids.compactMap(\.integer).map { UInt32($0) }
        let answers = try #require(line["generated_token_ids"]?.array)
        return answers.map { generated in
            let script = generated.elements.compactMap(\.integer).map { UInt32($0) }
            var request = EngineRequest(name: "r", prompt: prompt, maxTokens: script.count)
            request.ignoresEnd = true
            request.script = script
            request.salt = line[path: "body", "cache_salt"]?.string
            request.sessionID = line[path: "headers", "X-Session-ID"]?.string
            request.reportsHits = line[path: "body", "vllm_xargs", "kv_cache_report_mode"] == "full"
            return request
        }
    }

    @Test func `publishes the recorded events and finds the recorded hits`() throws {
        let engine = engine()
        var batches: [KVEventBatch] = []
        var now = 0.0
        for line in try Recording.lines("requests-0.32.0.jsonl") {
            if line["label"] == "reset-prefix-cache" {
                #expect(engine.resetCache())
                continue
            }
            guard line["prompt_token_ids"] != nil else { continue }
            var pending = try requests(line)[...]
            var cached = 0
            while !pending.isEmpty || !engine.isIdle {
                if let request = pending.popFirst() { _ = engine.submit(request, now: now) }
                guard let plan = engine.beginStep(now: now) else { break }
                now += plan.seconds
                let outcome = engine.finishStep(plan, now: now, wallTime: now)
                if let batch = outcome.batch { batches.append(batch) }
                cached = outcome.outputs.last?.cachedTokens ?? cached
            }
            let expected = line[path: "usage", "prompt_tokens_details", "cached_tokens"]?.integer
            #expect(cached == expected, "\(line["label"]?.string ?? "")")
        }
        let recorded = try Recording.payloads("kv-events-0.32.0.bin").map { try KVEventBatch.decode($0) }
        #expect(batches.count == 20)
        for (index, (made, real)) in zip(batches, recorded).enumerated() {
            #expect(made.events == real.events, "message \(index)")
            #expect(made.rank == real.rank)
        }
    }
}
