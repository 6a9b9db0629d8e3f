import Observability

/// The instruments of what coordinator replicas tell each other of requests under way.
struct ReplicaMetrics: Sendable {
    let told: Counter
    let heard: Counter
    let dropped: Counter

    init(_ registry: MetricsRegistry) {
        told = registry.counter(
            "martlet_gateway_replica_work_told_total",
            help: "Times that an engine's requests under way were told to other coordinators.")
        heard = registry.counter(
            "martlet_gateway_replica_work_heard_total",
            help: "Times that another coordinator's requests under way at an engine were heard of.")
        dropped = registry.counter(
            "martlet_gateway_replica_prompts_dropped_total",
            help: "Prompts that other coordinators were not told of, because too many began at once.")
    }
}
