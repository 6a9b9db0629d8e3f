import Governance
import Observability

/// The instruments of waiting, under Kthena's names where the queue is one of Kthena's.
struct WaitingMetrics: Sendable {
    private static let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

    private let size: Gauge
    private let duration: Histogram
    private let cancelledTotal: Counter
    private let dequeued: Counter
    /// Nil where the order is that of arrival: requests under way are counted already.
    private let inside: Gauge?
    private let refreshed: Counter?
    /// Values of the labels after the model.
    private let labels: [String]

    init(_ registry: MetricsRegistry, _ policy: WaitingPolicy) {
        let prefix: String
        var names = ["model"]
        switch policy.order {
        case .arrival: prefix = "martlet_gateway_waiting"
        case .fairness:
            prefix = "kthena_router_fairness_queue"
            names.append("user_id")
        case .sessionBoost: prefix = "kthena_router_session_boost_queue"
        }
        labels = names.count > 1 ? ["_all"] : []
        size = registry.gauge("\(prefix)_size", help: "Requests that wait.", labels: names)
        duration = registry.histogram(
            "\(prefix)_duration_seconds", help: "How long admitted requests waited.", labels: names,
            buckets: Self.seconds)
        cancelledTotal = registry.counter(
            "\(prefix)_cancelled_total", help: "Requests that left while they waited.", labels: names)
        dequeued = registry.counter("\(prefix)_dequeue_total", help: "Requests that went on.", labels: names)
        inside =
            policy.order == .arrival
            ? nil
            : registry.gauge(
                "\(prefix)_inflight", help: "Requests that went on and are not over.", labels: ["model"])
        if case .fairness = policy.order {
            refreshed = registry.counter(
                "kthena_router_fairness_queue_priority_refresh_total",
                help: "Requests whose priority was computed anew when they went on.", labels: ["model"])
            _ = registry.counter(
                "kthena_router_fairness_queue_heap_rebuild_total",
                help: "Always zero: priorities are never kept, so nothing is rebuilt.", labels: ["model"])
        } else {
            refreshed = nil
        }
    }

    /// Declares the metrics of both of Kthena's queues, whichever is on, so that what reads them finds them.
    static func declareQueues(_ registry: MetricsRegistry) {
        for order in [WaitingPolicy.Order.fairness(.init()), .sessionBoost(.init())] {
            var policy = WaitingPolicy()
            policy.order = order
            _ = WaitingMetrics(registry, policy)
        }
    }

    func size(_ model: String, _ change: Double) { size.add(change, [model] + labels) }

    func cancelled(_ model: String) { cancelledTotal.add(1, [model] + labels) }

    func left(_ model: String) { inside?.add(-1, [model]) }

    /// A request went on; `wait` is nil where it did not have to wait.
    func entered(_ model: String, after wait: Duration?) {
        // Going on without a wait is the rule, and not worth the time of counting it in the order of arrival.
        if inside == nil, wait == nil { return }
        inside?.add(1, [model])
        dequeued.add(1, [model] + labels)
        duration.observe(wait?.seconds ?? 0, [model] + labels)
        if wait != nil { refreshed?.add(1, [model]) }
    }
}
