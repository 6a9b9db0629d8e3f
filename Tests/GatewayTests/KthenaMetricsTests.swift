import Gateway
import NIOCore
import Observability
import Routing
import Testing

/// The metrics that Kthena's dashboards read: their names, types, labels and buckets, and what single requests add.
struct KthenaMetricsTests {
    static let b60 = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    static let queue = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    static let ratio = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
    static let cache = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
    static let backend = ["model_route", "backend_type", "backend_name", "upstream_model"]
    static let short = ["model", "path", "status_code"]
    static let user = ["model", "user_id"]

    static func row(
        _ name: String, _ type: String, _ labels: [String], _ buckets: [Double] = []
    ) -> MetricsRegistry.Declaration {
        .init(name: "kthena_router_\(name)", type: type, labels: labels, buckets: buckets)
    }

    static let rows = [
        row("requests_total", "counter", ["model", "path", "status_code", "error_type"] + backend),
        row("request_duration_seconds", "histogram", short + backend, b60),
        row("request_prefill_duration_seconds", "histogram", short, b60),
        row("request_decode_duration_seconds", "histogram", short, b60),
        row("tokens_total", "counter", ["model", "path", "token_type"] + backend),
        row(
            "scheduler_plugin_duration_seconds", "histogram", ["model", "plugin", "type"],
            [0.001, 0.005, 0.01, 0.05, 0.1, 0.5]),
        row("rate_limit_exceeded_total", "counter", ["model", "limit_type", "path"]),
        row("active_requests", "gauge", []), row("active_downstream_requests", "gauge", ["model"]),
        row("active_upstream_requests", "gauge", ["model_server"] + backend),
        row("fairness_queue_size", "gauge", user), row("fairness_queue_duration_seconds", "histogram", user, queue),
        row("fairness_queue_cancelled_total", "counter", user), row("fairness_queue_dequeue_total", "counter", user),
        row("fairness_queue_inflight", "gauge", ["model"]),
        row("fairness_queue_priority_refresh_total", "counter", ["model"]),
        row("fairness_queue_heap_rebuild_total", "counter", ["model"]),
        row("session_boost_queue_size", "gauge", ["model"]),
        row("session_boost_queue_duration_seconds", "histogram", ["model"], queue),
        row("session_boost_queue_cancelled_total", "counter", ["model"]),
        row("session_boost_queue_dequeue_total", "counter", ["model"]),
        row("session_boost_queue_inflight", "gauge", ["model"]),
        row("tokenizer_unsupported_engine_total", "counter", ["model", "engine"]),
        row("prefix_cache_match_ratio", "histogram", ["model"], ratio),
        row("prefix_cache_evictions_total", "counter", ["model"]), row("prefix_cache_entries", "gauge", []),
        row("kvcache_aware_match_ratio", "histogram", ["model"], ratio),
        row("kvcache_aware_redis_duration_seconds", "histogram", ["model"], cache),
        row("kvcache_aware_tokenize_duration_seconds", "histogram", ["model"], cache),
        row("kvcache_aware_errors_total", "counter", ["model", "stage"]),
    ]

    @Test func `are these and no others`() {
        let registry = MetricsRegistry()
        _ = GatewayMetrics(registry)
        let found = registry.declarations.filter { $0.name.hasPrefix("kthena_router_") }
        for row in Self.rows { #expect(found.contains(row), "\(row.name)") }
        #expect(Set(found.map(\.name)) == Set(Self.rows.map(\.name)))
    }

    /// The sum of a metric's samples whose labels have all of these words.
    static func sum(_ harness: GatewayHarness, _ name: String, _ words: String...) -> Double {
        harness.metrics.text().split(separator: "\n").filter { line in
            line.hasPrefix("kthena_router_\(name)") && words.allSatisfy(line.contains)
        }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    @Test func `R23 and R24: each request counts once, under what it was`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response(RelayTests.answer)] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            for _ in 0..<3 { _ = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#)) }
            let words = [#"model="m""#, #"path="/v1/completions""#, #"status_code="200""#]
            #expect(Self.sum(harness, "requests_total", words[0], words[1], words[2]) == 3)
            #expect(Self.sum(harness, "request_duration_seconds_count", words[0], words[1], words[2]) == 3)
            #expect(Self.sum(harness, "tokens_total", #"token_type="input""#, #"upstream_model="real""#) == 15)
            #expect(Self.sum(harness, "tokens_total", #"token_type="output""#) == 6)
            for name in ["x", "y", "z"] {
                _ = try await harness.ask(post("/v1/completions", #"{"model":"\#(name)","prompt":"a"}"#))
            }
            #expect(
                harness.metrics.text().contains(
                    #"kthena_router_requests_total{model="unknown",path="/v1/completions",status_code="404","#
                        + #"error_type="route_not_found",model_route="none",backend_type="unresolved","#
                        + #"backend_name="none",upstream_model="none"} 3"#))
            // Paths that clients make up are one.
            for path in ["/v1/a", "/v1/b"] { _ = try await harness.ask(post(path, #"{"model":"m","input":"a"}"#)) }
            #expect(Self.sum(harness, "requests_total", #"model="m""#, #"path="unknown""#) == 2)
        }
        try await engine.stop()
    }

    @Test func `gauges are what is under way, and zero afterwards`() async throws {
        let engine = try await ScriptedEngine.start { _ in
            [.pause(.milliseconds(200)), ScriptedEngine.response(RelayTests.answer)]
        }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let metrics = harness.metrics
            let gauges = [
                "active_requests", #"active_downstream_requests{model="m"}"#,
                #"active_upstream_requests{model_server="dev/server",model_route="dev/route","#
                    + #"backend_type="model_server",backend_name="dev/server",upstream_model="real"}"#,
            ]
            async let answer = harness.ask(post("/v1/completions", #"{"model":"m","prompt":"a"}"#))
            try await eventually("one under way") {
                gauges.allSatisfy { metrics.text().contains("kthena_router_\($0) 1\n") }
            }
            _ = try await answer
            try await eventually("none under way") {
                gauges.allSatisfy { metrics.text().contains("kthena_router_\($0) 0\n") }
            }
        }
        try await engine.stop()
    }

    @Test func `a pair's legs are timed each`() async throws {
        let (prefill, decode) = (try await PairTests.prefill(), try await PairTests.decode())
        try await PairTests.run([prefill], [decode]) { harness async throws in
            _ = try await harness.ask(PairTests.request)
            for leg in ["prefill", "decode"] {
                let labels = #"{model="m",path="/v1/chat/completions",status_code="200"}"#
                #expect(Self.sum(harness, "request_\(leg)_duration_seconds_count\(labels)") == 1)
            }
        }
    }

    @Test func `an engine without a tokenizer is counted as one`() async throws {
        let engines = [try await ScriptedEngine.start("a", Self.deaf), try await ScriptedEngine.start("b", Self.deaf)]
        let fleet = FleetView(
            snapshot: { { _ in EngineFacts(blockSize: 16, hasExactCache: true) } }, matches: { _ in [:] })
        try await GatewayHarness.run(engines.map { $0.endpoint() }, fleet: fleet) { harness async throws in
            _ = try await harness.ask(post("/v1/chat/completions", PromptTests.chat))
            #expect(Self.sum(harness, #"tokenizer_unsupported_engine_total{model="m",engine="vLLM"}"#) == 1)
            #expect(Self.sum(harness, #"kvcache_aware_errors_total{model="m",stage="tokenize"}"#) == 1)
            #expect(Self.sum(harness, #"kvcache_aware_tokenize_duration_seconds_count{model="m"}"#) == 1)
        }
    }

    static let deaf: ScriptedEngine.Script = { received in
        received.target == "/tokenize"
            ? [ScriptedEngine.response("{}", "404 Not Found")] : [ScriptedEngine.response(RelayTests.answer)]
    }

    @Test func `how much of a prompt was found counts as a share`() async throws {
        try await PromptTests.run { harness, _, _ async throws in
            _ = try await harness.ask(post("/v1/chat/completions", PromptTests.chat))
            // Three of four blocks.
            #expect(Self.sum(harness, "kvcache_aware_match_ratio_sum") == 0.75)
            #expect(Self.sum(harness, "kvcache_aware_match_ratio_count") == 1)
        }
    }

    @Test func `remembered texts count, found ones and forgotten ones`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response(RelayTests.answer)] }
        var options = PrefixTable.Options()
        options.hashesMax = 2
        let policy = RoutingPolicy.plugins(PluginPolicy(scorers: [.init(.prefixCache)], prefix: options))
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            harness.gateway.update(policy)
            for text in ["a", "a", "b", "c"] {
                _ = try await harness.ask(post("/v1/completions", #"{"model":"m","prompt":"\#(text)"}"#))
            }
            #expect(Self.sum(harness, "prefix_cache_match_ratio_count") == 4)
            #expect(Self.sum(harness, "prefix_cache_match_ratio_sum") == 1)
            #expect(Self.sum(harness, "prefix_cache_entries") == 2)
            #expect(Self.sum(harness, "prefix_cache_evictions_total") == 1)
        }
        try await engine.stop()
    }
}
