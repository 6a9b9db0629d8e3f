import AgentProtocol
import Fleet
import Gateway
import JSONValues
import KVBlocks
import Observability
import Testing

/// What Kthena's own tests of its plugins expect, by the numbers of its conformance list.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KthenaPolicyTests {
    static let fast = ["--time-scale", "0.05"]

    static func only(_ score: String, filter: String? = nil, arguments: String = "[]") -> String {
        let filters = filter.map { #""Filter": {"enabled": ["\#($0)"]}, "# } ?? ""
        return #"{"scheduler": {"pluginConfig": \#(arguments), "plugins": {\#(filters)"#
            + #""Score": {"enabled": [{"name": "\#(score)", "weight": 1}]}}}}"#
    }

    @Test func `R27: after the configuration changes only the plugins it names run`() async throws {
        try await PolicyStage.run([Self.fast, Self.fast], Self.only("gpu-usage")) { stage in
            _ = try await stage.served(2) { PolicyStage.chat("before \($0)") }
            let before = stage.metrics.text()
            #expect(before.contains(#"plugin="gpu-usage""#))
            #expect(!before.contains(#"plugin="least-request""#))
            let counted =
                #"kthena_router_scheduler_plugin_duration_seconds_count{model="m",plugin="gpu-usage",type="score"} 2"#
            #expect(before.contains(counted))
            stage.gateway.update(
                try PolicyStage.policy(
                    Self.only(
                        "least-request", filter: "least-request",
                        arguments: #"[{"name": "least-request", "args": {"maxWaitingRequests": 100}}]"#)))
            #expect(try await stage.served(4) { PolicyStage.chat("after \($0)") }.values.reduce(0, +) == 4)
            let after = stage.metrics.text()
            #expect(after.contains(#"plugin="least-request",type="score"} 4"#))
            #expect(after.contains(#"plugin="least-request",type="filter"} 4"#))
            #expect(after.contains(counted), "gpu-usage has not run again")
            #expect(!after.contains(#"plugin="prefix-cache""#) && !after.contains(#"plugin="least-latency""#))
        }
    }

    @Test func `R30: with prefix-cache alone one prompt stays on one pod`() async throws {
        try await PolicyStage.run(Array(repeating: Self.fast, count: 3), Self.only("prefix-cache")) { stage in
            let text = String(repeating: "The same long question. ", count: 20)
            _ = try await stage.served(30, at: 1) { _ in PolicyStage.chat(text) }
            let served = try await stage.served(100) { _ in PolicyStage.chat(text) }
            #expect(served.values.max() ?? 0 >= 90, "\(served)")
            let others = try await stage.served(60) { PolicyStage.chat("\($0) is another question altogether") }
            #expect(others.count == 3, "\(others)")
        }
    }

    @Test func `R31: with least-request saturated pods get nothing`() async throws {
        let file = Self.only(
            "least-request", filter: "least-request",
            arguments: #"[{"name": "least-request", "args": {"maxWaitingRequests": 1}}]"#)
        try await PolicyStage.run(Array(repeating: ["--max-num-seqs", "1"], count: 3), file) { stage in
            try await stage.busy([0, 1], requests: 3) {
                try await stage.until("two pods have requests waiting") { snapshot in
                    stage.load(snapshot, 0).waiting >= 1 && stage.load(snapshot, 1).waiting >= 1
                }
                let served = try await stage.served(40, at: 1) { PolicyStage.chat("short \($0)") }
                #expect(served == ["pod-2": 40])
            }
            let text = stage.metrics.text()
            #expect(text.contains(#"plugin="least-request",type="filter"} 40"#))
            #expect(text.contains(#"plugin="least-request",type="score"} 40"#))
        }
    }

    @Test func `R32: with gpu-usage pods with a full cache get nothing`() async throws {
        let flags = ["--num-gpu-blocks-override", "600"]
        try await PolicyStage.run(Array(repeating: flags, count: 3), Self.only("gpu-usage")) { stage in
            try await stage.busy([0, 2], requests: 3, prompt: 1_000) {
                try await stage.until("two caches fill") { snapshot in
                    stage.load(snapshot, 0).cacheUsage > 0.2 && stage.load(snapshot, 2).cacheUsage > 0.2
                }
                let served = try await stage.served(40, at: 1) { PolicyStage.chat("short \($0)") }
                #expect(served["pod-1"] ?? 0 >= 36, "\(served)")
            }
        }
    }

    @Test func `R33: with least-latency a slow pod is left alone`() async throws {
        let fast = ["--time-scale", "0.5"]
        let slow = ["--time-scale", "25"]
        try await PolicyStage.run([fast, fast, slow, fast], Self.only("least-latency")) { stage in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for engine in stage.engines {
                    group.addTask {
                        let body = PolicyStage.chat("prime", model: "real", tokens: 6)
                        let status = try await PolicyStage.send(engine, "/v1/chat/completions", body)
                        #expect(status == 200)
                    }
                }
                try await group.waitForAll()
            }
            try await stage.until("every pod is measured") { snapshot in
                (0..<4).allSatisfy {
                    stage.load(snapshot, $0).timeToFirstToken > 0 && stage.load(snapshot, $0).timePerOutputToken > 0
                }
            }
            let snapshot = stage.fleet.snapshot
            for number in [0, 1, 3] {
                #expect(stage.load(snapshot, 2).timeToFirstToken > stage.load(snapshot, number).timeToFirstToken)
                #expect(stage.load(snapshot, 2).timePerOutputToken > stage.load(snapshot, number).timePerOutputToken)
            }
            let served = try await stage.served(60) { PolicyStage.chat("question \($0)", tokens: 2) }
            #expect(served["pod-2"] ?? 0 <= 6, "\(served)")
        }
    }

    @Test func `R34: with lora-affinity only pods with the adapter are asked`() async throws {
        let adapter = Self.fast + ["--enable-lora", "--lora-modules", "lora-a=/adapters/a"]
        try await PolicyStage.run(
            [Self.fast, adapter, Self.fast], Self.only("random", filter: "lora-affinity")
        ) { stage in
            try await stage.until("the adapter is known") { snapshot in
                snapshot.engines.values.contains { $0.description.adapters == ["lora-a"] }
            }
            let served = try await stage.served(30) { PolicyStage.chat("for the adapter \($0)", model: "lora-a") }
            #expect(served == ["pod-1": 30])
            #expect(stage.gateway.decisions(latest: 30).allSatisfy { $0["retries"]?.integer == 0 })
            let base = try await stage.served(60) { PolicyStage.chat("for all \($0)") }
            #expect(base.count == 3, "\(base)")
        }
    }

    @Test func `R35: with random alone every pod gets its third`() async throws {
        try await PolicyStage.run(Array(repeating: Self.fast, count: 3), Self.only("random")) { stage in
            let served = try await stage.served(450, at: 8) { PolicyStage.chat("question \($0)") }
            #expect(served.count == 3)
            #expect(served.values.allSatisfy { abs(Double($0) / 450 - 1 / 3.0) < 0.1 }, "\(served)")
        }
    }

    @Test func `with kvcache-aware a prompt goes where its blocks are, without Redis`() async throws {
        try await PolicyStage.run(Array(repeating: Self.fast, count: 3), Self.only("kvcache-aware")) { stage in
            let prompt = (0..<200).map { 300 + $0 * 3 }
            let chain = BlockChain.hashes(of: prompt.map { UInt32($0) }, blockSize: 16)
            let body = PolicyStage.completion(prompt, model: "real")
            #expect(try await PolicyStage.send(stage.engines[2], "/v1/completions", body) == 200)
            try await stage.until("the blocks are known") { _ in !stage.fleet.matches(chain).isEmpty }
            let served = try await stage.served(20, at: 1, path: "/v1/completions") { _ in
                PolicyStage.completion(prompt)
            }
            #expect(served == ["pod-2": 20])
        }
    }

    @Test func `a session stays on its pod by what the configuration names`() async throws {
        let file =
            #"{"scheduler": {"sessionAffinity": {"sources": [{"header": "x-session-id"}, {"cookie": "sid"}, "#
            + #"{"query": "session"}]}}}"#
        try await PolicyStage.run(Array(repeating: Self.fast, count: 3), file) { stage in
            for fields in [["X-Session-ID": "one"], ["Cookie": "a=b; sid=two"]] {
                let served = try await stage.served(20, at: 2, fields: fields) { PolicyStage.chat("turn \($0)") }
                #expect(served.count == 1, "\(fields) \(served)")
            }
            let path = "/v1/chat/completions?session=three"
            #expect(try await stage.served(20, at: 2, path: path) { PolicyStage.chat("turn \($0)") }.count == 1)
        }
    }
}
