import AgentProtocol
import EngineWire

/// Under which names an engine kind's metrics page says what every kind is asked.
struct MetricNames: Sendable {
    /// A series: a metric, and labels that it has to have.
    struct Series: Sendable {
        var name: String
        var labels: [String: String] = [:]

        init(_ name: String, _ labels: [String: String] = [:]) {
            self.name = name
            self.labels = labels
        }
    }

    /// Gauges, summed over their series.
    var running: Series
    var waiting: Series
    /// Shares of the cache in use, 0...1, as a mean over ranks; the first that is there counts.
    var cacheUsage: [Series] = []
    /// Histograms of seconds; the first that is there counts.
    var timeToFirstToken: [Series] = []
    var timePerOutputToken: [Series] = []
    /// Histograms of which the sum is time spent on prompts, and totals of prompt tokens computed in it: the first of
    /// each that is there counts.
    var prefillTime: [Series] = []
    var prefillTokens: [Series] = []
    var blockSize: Series?
    var blockCount: Series?

    /// The table of an engine kind.
    static func of(_ kind: EngineKind) -> MetricNames {
        switch kind {
        case .vLLM: vLLM
        case .sgLang: sgLang
        case .tgi: tgi
        case .triton: triton
        case .tensorRTLLM: tensorRTLLM
        }
    }

    /// vLLM, of 0.10 and later; the older names of cache usage and time between tokens are read too. Its block size and
    /// count are labels of one series, which the page reads itself.
    private static let vLLM = MetricNames(
        running: Series("vllm:num_requests_running"), waiting: Series("vllm:num_requests_waiting"),
        cacheUsage: [Series("vllm:kv_cache_usage_perc"), Series("vllm:gpu_cache_usage_perc")],
        timeToFirstToken: [Series("vllm:time_to_first_token_seconds")],
        timePerOutputToken: [
            Series("vllm:inter_token_latency_seconds"), Series("vllm:time_per_output_token_seconds"),
        ],
        prefillTime: [Series("vllm:request_prefill_time_seconds")],
        prefillTokens: [Series("vllm:request_prefill_kv_computed_tokens"), Series("vllm:prompt_tokens_total")])

    /// Without a prefill time of its own the first token's stands for it, waiting included.
    private static let sgLang = MetricNames(
        running: Series("sglang:num_running_reqs"), waiting: Series("sglang:num_queue_reqs"),
        cacheUsage: [Series("sglang:token_usage")],
        timeToFirstToken: [Series("sglang:time_to_first_token_seconds")],
        timePerOutputToken: [
            Series("sglang:inter_token_latency_seconds"), Series("sglang:time_per_output_token_seconds"),
        ],
        prefillTime: [Series("sglang:time_to_first_token_seconds")],
        prefillTokens: [Series("sglang:prompt_tokens_total")],
        blockSize: Series("sglang:page_size"), blockCount: Series("sglang:num_pages"))

    /// TGI tells neither cache usage nor the time to the first token.
    private static let tgi = MetricNames(
        running: Series("tgi_batch_current_size"), waiting: Series("tgi_queue_size"),
        timePerOutputToken: [Series("tgi_request_mean_time_per_token_duration")],
        prefillTime: [Series("tgi_batch_inference_duration", ["method": "prefill"])],
        prefillTokens: [Series("tgi_request_input_length")])

    /// Triton with the TensorRT-LLM backend.
    private static let triton = MetricNames(
        running: Series("nv_trt_llm_request_metrics", ["request_type": "scheduled"]),
        waiting: Series("nv_trt_llm_request_metrics", ["request_type": "waiting"]),
        cacheUsage: [Series("nv_trt_llm_kv_cache_block_metrics", ["kv_cache_block_type": "fraction"])],
        blockSize: Series("nv_trt_llm_kv_cache_block_metrics", ["kv_cache_block_type": "tokens_per"]),
        blockCount: Series("nv_trt_llm_kv_cache_block_metrics", ["kv_cache_block_type": "max"]))

    /// `trtllm-serve`.
    private static let tensorRTLLM = MetricNames(
        running: Series("trtllm_num_requests_running"), waiting: Series("trtllm_num_requests_waiting"),
        cacheUsage: [Series("trtllm_kv_cache_utilization")],
        timeToFirstToken: [Series("trtllm_time_to_first_token_seconds")],
        timePerOutputToken: [Series("trtllm_time_per_output_token_seconds")],
        blockSize: Series("trtllm_kv_cache_tokens_per_block"), blockCount: Series("trtllm_kv_cache_max_blocks"))
}
