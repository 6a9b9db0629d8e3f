package import Observability

/// The instruments of the gateway. Names that begin with `kthena_router_` are those that Kthena's dashboards read.
package struct GatewayMetrics: Sendable {
    private static let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    let requests: Counter
    let duration: Histogram
    let prefillDuration: Histogram
    let decodeDuration: Histogram
    let tokens: Counter
    let active: Gauge
    let activeDownstream: Gauge
    let activeUpstream: Gauge
    let decisions: Counter
    let attempts: Counter
    let timeToFirstByte: Histogram
    let tokenizations: Counter
    let localTokens: LocalTokenMetrics
    let predictedTokens: Counter
    let reportedTokens: Counter
    let connections: Gauge
    let refusals: Counter
    let droppedLines: Counter
    let governance: GovernanceMetrics
    let health: HealthMetrics
    let replicas: ReplicaMetrics
    let prompts: PromptMetrics
    let fronts: FrontMetrics
    let pluginDuration: Histogram
    let registry: MetricsRegistry

    package init(_ registry: MetricsRegistry) {
        self.registry = registry
        let labels = ["model", "path", "status_code", "model_route", "backend_type", "backend_name", "upstream_model"]
        requests = registry.counter(
            "kthena_router_requests_total", help: "Requests answered.",
            labels: ["model", "path", "status_code", "error_type"] + labels.suffix(4))
        duration = registry.histogram(
            "kthena_router_request_duration_seconds", help: "Time from a request's head to its answer's end.",
            labels: labels, buckets: Self.seconds)
        let short = ["model", "path", "status_code"]
        prefillDuration = registry.histogram(
            "kthena_router_request_prefill_duration_seconds", help: "Time of the prefill leg.", labels: short,
            buckets: Self.seconds)
        decodeDuration = registry.histogram(
            "kthena_router_request_decode_duration_seconds", help: "Time of the decode leg.", labels: short,
            buckets: Self.seconds)
        tokens = registry.counter(
            "kthena_router_tokens_total", help: "Tokens, as engines report them.",
            labels: ["model", "path", "token_type"] + labels.suffix(4))
        active = registry.gauge("kthena_router_active_requests", help: "Requests under way.")
        activeDownstream = registry.gauge(
            "kthena_router_active_downstream_requests", help: "Requests under way, by model.", labels: ["model"])
        activeUpstream = registry.gauge(
            "kthena_router_active_upstream_requests", help: "Requests under way at engines.",
            labels: ["model_server"] + labels.suffix(4))
        decisions = registry.counter(
            "martlet_gateway_decisions_total", help: "Routing decisions, by why the first choice was made.",
            labels: ["reason"])
        attempts = registry.counter(
            "martlet_gateway_upstream_attempts_total", help: "Tries at engines, by how they ended.",
            labels: ["outcome"])
        timeToFirstByte = registry.histogram(
            "martlet_gateway_time_to_first_byte_seconds",
            help: "Time from a request's head to its answer's first byte.",
            labels: ["model"], buckets: Histogram.requestSeconds)
        tokenizations = registry.counter(
            "martlet_gateway_tokenizations_total",
            help: "Prompts for which tokens were wanted, by where they came from.",
            labels: ["source"])
        localTokens = LocalTokenMetrics(registry)
        predictedTokens = registry.counter(
            "martlet_gateway_predicted_cached_tokens_total", help: "Prompt tokens that were expected in caches.")
        reportedTokens = registry.counter(
            "martlet_gateway_reported_cached_tokens_total", help: "Prompt tokens that engines say were in their caches."
        )
        connections = registry.gauge("martlet_gateway_client_connections", help: "Open connections of clients.")
        refusals = registry.counter(
            "martlet_gateway_refused_requests_total", help: "Requests refused before routing.", labels: ["reason"])
        health = HealthMetrics(registry)
        replicas = ReplicaMetrics(registry)
        droppedLines = registry.counter(
            "martlet_gateway_access_log_dropped_lines_total",
            help: "Lines of the access log that were dropped because as many wait to be written as may.")
        governance = GovernanceMetrics(registry)
        prompts = PromptMetrics(registry)
        fronts = FrontMetrics(registry)
        pluginDuration = registry.histogram(
            "kthena_router_scheduler_plugin_duration_seconds", help: "Time of one plugin's part in a decision.",
            labels: ["model", "plugin", "type"], buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5])
    }
}
