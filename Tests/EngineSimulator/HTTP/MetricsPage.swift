import Observability

/// vLLM's metrics page with the values of a simulated engine.
struct MetricsPage {
    private var text = ""
    private let labels: String
    private let model: String

    /// What the page says besides the engine's own numbers.
    struct Facts: Sendable {
        var model: String
        var rank: Int
        var blockSize: Int
        var blockCount: Int
        var isCaching: Bool
        var isTransferring: Bool
        var startedAt: Double
        /// Adapters that may be loaded at once; 0 without LoRA.
        var maxAdapters: Int
        /// When each combination of running and waiting adapters was last seen, seconds since 1970.
        var adapterTimes: [AdapterCombination: Double]
    }

    /// Names of adapters, joined by commas.
    struct AdapterCombination: Hashable, Comparable, Sendable {
        var running: String
        var waiting: String

        static func < (left: AdapterCombination, right: AdapterCombination) -> Bool {
            (left.running, left.waiting) < (right.running, right.waiting)
        }
    }

    static func text(_ engine: EngineService.Snapshot, _ facts: Facts) -> String {
        var page = MetricsPage(labels: "engine=\"\(facts.rank)\",model_name=\"\(facts.model)\"", model: facts.model)
        page.addState(engine, facts)
        page.addCounters(engine.statistics)
        page.addLengths(engine.statistics)
        page.addTimes(engine.statistics)
        page.addCalls(engine.statistics)
        if facts.isTransferring { page.addTransfers(engine.statistics) }
        page.addConfiguration(facts)
        return page.text
    }

    private init(labels: String, model: String) {
        self.labels = labels
        self.model = model
    }

    private mutating func addState(_ engine: EngineService.Snapshot, _ facts: Facts) {
        gauge(
            "process_start_time_seconds", "Start of the process, seconds since 1970.", [("", facts.startedAt)],
            bare: true)
        gauge("vllm:num_requests_running", "Requests in the running batch.", [("", Double(engine.running))])
        gauge(
            "vllm:num_requests_waiting", "Requests waiting for a place.",
            [("", Double(engine.waiting + engine.deferred))])
        gauge(
            "vllm:num_requests_waiting_by_reason", "Waiting requests by reason.",
            [(",reason=\"capacity\"", Double(engine.waiting)), (",reason=\"deferred\"", Double(engine.deferred))])
        gauge(
            "vllm:engine_sleep_state", "1 for the state the engine is in.",
            [
                (",sleep_state=\"awake\"", 1), (",sleep_state=\"weights_offloaded\"", 0),
                (",sleep_state=\"discard_all\"", 0),
            ])
        gauge("vllm:kv_cache_usage_perc", "Share of KV blocks in use, 0 to 1.", [("", engine.cacheUsage)])
    }

    private mutating func addCounters(_ statistics: EngineStatistics) {
        counter("vllm:prefix_cache_queries", "Prompt tokens looked up in the cache.", [("", statistics.prefixQueries)])
        counter("vllm:prefix_cache_hits", "Prompt tokens found in the cache.", [("", statistics.prefixHits)])
        counter(
            "vllm:external_prefix_cache_queries", "Prompt tokens looked up in other engines.",
            [("", statistics.externalQueries)])
        counter(
            "vllm:external_prefix_cache_hits", "Prompt tokens that came from other engines.",
            [("", statistics.externalHits)])
        counter("vllm:num_preemptions", "Times a running request lost its blocks.", [("", statistics.preemptions)])
        counter("vllm:prompt_tokens", "Prompt tokens processed.", [("", statistics.promptTokens)])
        let computed = statistics.promptTokens - statistics.cachedPromptTokens
        counter(
            "vllm:prompt_tokens_by_source", "Prompt tokens by where they came from.",
            [
                (",source=\"local_compute\"", computed), (",source=\"local_cache_hit\"", statistics.prefixHits),
                (",source=\"external_kv_transfer\"", statistics.externalTokens),
            ])
        counter(
            "vllm:prompt_tokens_cached", "Prompt tokens that were not computed.", [("", statistics.cachedPromptTokens)])
        counter("vllm:generation_tokens", "Tokens made.", [("", statistics.generationTokens)])
        let reasons = FinishReason.allCases.map {
            (",finished_reason=\"\($0.rawValue)\"", statistics.finished[$0] ?? 0)
        }
        counter("vllm:request_success", "Requests that ended, by reason.", reasons)
    }

    private mutating func addCalls(_ statistics: EngineStatistics) {
        let name = "http_requests_total"
        heading(name, "Requests by handler; of the simulator's only those that change the cache.", "counter")
        text += "\(name){handler=\"/reset_prefix_cache\",method=\"POST\",status=\"2xx\"} "
        text += "\(Double(statistics.resetCalls))\n"
    }

    private mutating func addLengths(_ statistics: EngineStatistics) {
        histogram("vllm:request_prompt_tokens", "Tokens of prompts.", statistics.promptLengths)
        histogram("vllm:request_generation_tokens", "Tokens of answers.", statistics.generationLengths)
        histogram("vllm:iteration_tokens_total", "Tokens computed a step.", statistics.iterationTokens)
        histogram("vllm:request_params_n", "Choices asked for.", statistics.choicesAsked)
        histogram("vllm:request_params_max_tokens", "max_tokens asked for.", statistics.maxTokensAsked)
    }

    private mutating func addTimes(_ statistics: EngineStatistics) {
        let rows: [(String, String, BucketCounts)] = [
            ("time_to_first_token_seconds", "Arrival to first token.", statistics.timeToFirstToken),
            ("inter_token_latency_seconds", "Between two tokens.", statistics.interTokenLatency),
            (
                "request_time_per_output_token_seconds", "Mean between tokens, by request.",
                statistics.timePerOutputToken
            ),
            ("e2e_request_latency_seconds", "Arrival to end.", statistics.endToEnd),
            ("request_queue_time_seconds", "Arrival to first scheduling.", statistics.queueTime),
            ("request_inference_time_seconds", "First scheduling to end.", statistics.inferenceTime),
            ("request_prefill_time_seconds", "First scheduling to first token.", statistics.prefillTime),
            ("request_decode_time_seconds", "First token to end.", statistics.decodeTime),
        ]
        for (name, help, counts) in rows { histogram("vllm:\(name)", help, counts) }
    }

    private mutating func addTransfers(_ statistics: EngineStatistics) {
        histogram("vllm:nixl_xfer_time_seconds", "Time of pulls.", statistics.transferTime)
        counter("vllm:nixl_num_failed_transfers", "Pulls that failed.", [("", statistics.failedTransfers)])
        counter("vllm:nixl_num_kv_expired_reqs", "Leases that ended unfetched.", [("", statistics.expiredLeases)])
        counter(
            "vllm:nixl_num_notifications_after_expiry", "Notifications of decode engines after the lease.",
            [("", statistics.notificationsAfterExpiry)])
    }

    private mutating func addConfiguration(_ facts: Facts) {
        let tokens = facts.blockSize * (facts.blockCount - 1)
        heading("vllm:cache_config_info", "Settings of the cache, as labels.", "gauge")
        text += "vllm:cache_config_info{block_size=\"\(facts.blockSize)\",cache_dtype=\"auto\","
        text += "enable_prefix_caching=\"\(facts.isCaching ? "True" : "False")\",engine=\"\(facts.rank)\","
        text += "kv_cache_size_tokens=\"\(tokens)\",num_gpu_blocks=\"\(facts.blockCount)\"} 1.0\n"
        guard facts.maxAdapters > 0 else { return }
        heading("vllm:lora_requests_info", "Adapters in use; the series with the largest value is current.", "gauge")
        for (names, time) in facts.adapterTimes.sorted(by: { $0.key < $1.key }) {
            text += "vllm:lora_requests_info{max_lora=\"\(facts.maxAdapters)\","
            text += "running_lora_adapters=\"\(names.running)\",waiting_lora_adapters=\"\(names.waiting)\"} \(time)\n"
        }
    }

    // MARK: Lines

    private mutating func heading(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func gauge(_ name: String, _ help: String, _ samples: [(String, Double)], bare: Bool = false) {
        heading(name, help, "gauge")
        for (extra, value) in samples { text += bare ? "\(name) \(value)\n" : "\(name){\(labels)\(extra)} \(value)\n" }
    }

    private mutating func counter(_ name: String, _ help: String, _ samples: [(String, Int)]) {
        heading("\(name)_total", help, "counter")
        for (extra, value) in samples { text += "\(name)_total{\(labels)\(extra)} \(Double(value))\n" }
    }

    private mutating func histogram(_ name: String, _ help: String, _ counts: BucketCounts) {
        heading(name, help, "histogram")
        var total = 0
        for (index, count) in counts.counts.enumerated() {
            total += count
            let bound = index < counts.bounds.count ? "\(counts.bounds[index])" : "+Inf"
            text += "\(name)_bucket{engine=\"\(rank)\",le=\"\(bound)\",model_name=\"\(model)\"} \(Double(total))\n"
        }
        text += "\(name)_count{\(labels)} \(Double(total))\n\(name)_sum{\(labels)} \(counts.sum)\n"
    }

    private var rank: Substring { labels.dropFirst(8).prefix { $0 != "\"" } }
}
