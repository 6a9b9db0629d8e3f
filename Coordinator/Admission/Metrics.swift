import KubernetesAPI
import Observability

/// The instruments of the webhooks.
struct WebhookMetrics: Sendable {
    private let requests: Counter
    private let seconds: Histogram
    private let reviews: Counter
    private let repairs: Counter
    private let expiry: Gauge

    init(_ registry: MetricsRegistry) {
        requests = registry.counter(
            "controller_runtime_webhook_requests_total", help: "Requests to the webhooks by path and HTTP status.",
            labels: ["webhook", "code"])
        seconds = registry.histogram(
            "controller_runtime_webhook_latency_seconds", help: "Time from a request's head to its answer.",
            labels: ["webhook"], buckets: [0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30])
        reviews = registry.counter(
            "martlet_admission_reviews_total", help: "Reviews answered by kind, operation and outcome.",
            labels: ["kind", "operation", "outcome"])
        repairs = registry.counter(
            "martlet_webhook_authority_writes_total",
            help: "Times the authority was written into a webhook configuration.", labels: ["configuration"])
        expiry = registry.gauge(
            "martlet_webhook_certificate_expiry_timestamp_seconds",
            help: "When the webhooks' certificate expires, in seconds since 1970.")
    }

    func answered(_ path: String, status: Int, after duration: Duration) {
        requests.add(1, [path, String(status)])
        seconds.observe(duration / .seconds(1), [path])
    }

    func reviewed(_ endpoint: WebhookEndpoint, operation: String, _ outcome: AdmissionReview.Outcome) {
        let known = ["CREATE", "UPDATE", "DELETE", "CONNECT"].contains(operation) ? operation : "other"
        reviews.add(1, [endpoint.kind.kind, known, outcome.rawValue])
    }

    func repaired(_ configuration: String) { repairs.add(1, [configuration]) }

    func expires(at seconds: Int64) { expiry.set(Double(seconds), []) }
}
