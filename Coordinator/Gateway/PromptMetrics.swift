import Observability

/// The instruments of what is known of prompts and caches, under the names of Kthena's plugins.
struct PromptMetrics: Sendable {
    private static let ratios = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
    private static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    let unsupportedTokenizers: Counter
    let prefixRatio: Histogram
    let prefixEvictions: Counter
    let prefixEntries: Gauge
    let cacheRatio: Histogram
    let tokenizeSeconds: Histogram
    let errors: Counter

    init(_ registry: MetricsRegistry) {
        unsupportedTokenizers = registry.counter(
            "kthena_router_tokenizer_unsupported_engine_total",
            help: "Prompts that an engine was asked to tokenise and said that it does not do that.",
            labels: ["model", "engine"])
        prefixRatio = registry.histogram(
            "kthena_router_prefix_cache_match_ratio",
            help: "Share of a prompt's text that was sent before to the engine with most of it.", labels: ["model"],
            buckets: Self.ratios)
        prefixEvictions = registry.counter(
            "kthena_router_prefix_cache_evictions_total",
            help: "Blocks of text forgotten because a request for this model needed their place.", labels: ["model"])
        prefixEntries = registry.gauge(
            "kthena_router_prefix_cache_entries", help: "Blocks of text remembered, of all engines.")
        cacheRatio = registry.histogram(
            "kthena_router_kvcache_aware_match_ratio",
            help: "Share of a prompt's blocks of tokens that the cache with most of them holds.", labels: ["model"],
            buckets: Self.ratios)
        _ = registry.histogram(
            "kthena_router_kvcache_aware_redis_duration_seconds",
            help: "Never counts: caches are known from the engines' own events, no Redis is asked.",
            labels: ["model"], buckets: Self.seconds)
        tokenizeSeconds = registry.histogram(
            "kthena_router_kvcache_aware_tokenize_duration_seconds", help: "Time an engine took to tokenise a prompt.",
            labels: ["model"], buckets: Self.seconds)
        errors = registry.counter(
            "kthena_router_kvcache_aware_errors_total",
            help: "Prompts that could not be tokenised, so that caches did not count; the stage is tokenize always.",
            labels: ["model", "stage"])
    }
}
