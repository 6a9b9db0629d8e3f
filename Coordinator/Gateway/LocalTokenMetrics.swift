import Observability

/// The instruments of tokens that are made here.
struct LocalTokenMetrics: Sendable {
    private static let seconds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1]

    /// Whether a target's prompts are made into tokens here.
    let isUsed: Gauge
    let checks: Counter
    let loopSeconds: HistogramCells
    let threadSeconds: HistogramCells

    init(_ registry: MetricsRegistry) {
        isUsed = registry.gauge(
            "martlet_gateway_local_tokens",
            help: "1 where prompts become tokens here, 0 where the model's files are here and are not used.",
            labels: ["model_server", "model", "prompts"])
        checks = registry.counter(
            "martlet_gateway_local_token_checks_total",
            help: "Checks of a model's files against an engine, by how they ended.", labels: ["prompts", "outcome"])
        let seconds = registry.histogram(
            "martlet_gateway_local_tokens_seconds",
            help: "Time that the tokens of a prompt took here, by where they were made.", labels: ["on"],
            buckets: Self.seconds)
        loopSeconds = seconds.cells(["loop"])
        threadSeconds = seconds.cells(["thread"])
    }
}
