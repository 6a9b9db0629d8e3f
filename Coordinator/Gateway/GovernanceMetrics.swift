import Governance
import Observability

/// The instruments of authentication, limits and waiting.
struct GovernanceMetrics: Sendable {
    let limitExceeded: Counter
    let lostSettlements: Counter
    private let registry: MetricsRegistry

    /// The instruments of the waiting rooms, whose names depend on the policy.
    func waiting(_ policy: WaitingPolicy) -> WaitingMetrics { WaitingMetrics(registry, policy) }

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        WaitingMetrics.declareQueues(registry)
        limitExceeded = registry.counter(
            "kthena_router_rate_limit_exceeded_total", help: "Requests refused by a token limit.",
            labels: ["model", "limit_type", "path"])
        lostSettlements = registry.counter(
            "martlet_gateway_lost_settlements_total",
            help: "Answers whose tokens a Redis that counts limits did not get.")
    }
}
