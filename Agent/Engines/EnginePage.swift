import AgentProtocol
import EngineWire

/// What an engine's metrics page says, under the names of its kind; pure.
struct EnginePage: Sendable, Hashable {
    /// A pair of totals whose quotient over a while is a mean.
    struct Total: Sendable, Hashable {
        var sum = 0.0
        var count = 0.0
    }

    var running = 0
    var waiting = 0
    var cacheUsage = 0.0
    /// Seconds of prefill over prompt tokens computed.
    var prefill = Total()
    var timeToFirstToken = Total()
    var timePerOutputToken = Total()
    /// Tokens a block and blocks a rank; nil where the page does not say.
    var blockSize: Int?
    var blockCount: Int?
    /// When the process began, seconds since 1970; nil where the page does not say.
    var processStart: Double?

    init(_ text: PrometheusText, kind: EngineKind) {
        processStart = text.value("process_start_time_seconds")
        switch kind {
        case .vLLM: readVLLM(text)
        case .sgLang: readSGLang(text)
        }
    }

    private mutating func readVLLM(_ text: PrometheusText) {
        running = EnginePage.count(text.sum("vllm:num_requests_running"))
        waiting = EnginePage.count(text.sum("vllm:num_requests_waiting"))
        cacheUsage = EnginePage.mean(text, "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
        let computed = EnginePage.total(text, "vllm:request_prefill_kv_computed_tokens")?.sum
        prefill.sum = EnginePage.total(text, "vllm:request_prefill_time_seconds")?.sum ?? 0
        prefill.count = computed ?? text.sum("vllm:prompt_tokens_total") ?? 0
        timeToFirstToken = EnginePage.total(text, "vllm:time_to_first_token_seconds") ?? Total()
        timePerOutputToken =
            EnginePage.total(text, "vllm:inter_token_latency_seconds")
            ?? EnginePage.total(text, "vllm:time_per_output_token_seconds") ?? Total()
        let config = text["vllm:cache_config_info"]?.samples.first?.labels ?? [:]
        blockSize = config["block_size"].flatMap { Int($0) }
        blockCount = config["num_gpu_blocks"].flatMap { Int($0) }
    }

    private mutating func readSGLang(_ text: PrometheusText) {
        running = EnginePage.count(text.sum("sglang:num_running_reqs"))
        waiting = EnginePage.count(text.sum("sglang:num_queue_reqs"))
        cacheUsage = EnginePage.mean(text, "sglang:token_usage")
        timeToFirstToken = EnginePage.total(text, "sglang:time_to_first_token_seconds") ?? Total()
        timePerOutputToken = EnginePage.total(text, "sglang:inter_token_latency_seconds") ?? Total()
        // Without a prefill time of its own the first token's stands for it, waiting included.
        prefill.sum = timeToFirstToken.sum
        prefill.count = text.sum("sglang:prompt_tokens_total") ?? 0
        blockSize = text.value("sglang:page_size").map { EnginePage.count($0) }
        blockCount = text.value("sglang:num_pages").map { EnginePage.count($0) }
    }

    private static func count(_ value: Double?) -> Int {
        guard let value, value >= 0, value < 1e15 else { return 0 }
        return Int(value)
    }

    /// The mean over ranks of the first of these gauges that is there.
    private static func mean(_ text: PrometheusText, _ names: String...) -> Double {
        for name in names {
            guard let samples = text[name]?.samples, !samples.isEmpty else { continue }
            return samples.reduce(0) { $0 + $1.value } / Double(samples.count)
        }
        return 0
    }

    /// Sum and count of a histogram over all its series.
    private static func total(_ text: PrometheusText, _ name: String) -> Total? {
        guard let samples = text[name]?.samples else { return nil }
        var total = Total()
        for sample in samples {
            if sample.name == "\(name)_sum" { total.sum += sample.value }
            if sample.name == "\(name)_count" { total.count += sample.value }
        }
        return total
    }
}
