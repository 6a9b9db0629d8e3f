import NIOHTTP1
import Observability

/// The client's metrics, under the names Kubernetes clients have.
struct ClientMetrics: Sendable {
    private let requests: Counter
    private let seconds: Histogram

    init(_ registry: MetricsRegistry) {
        requests = registry.counter(
            "rest_client_requests_total",
            help: "Requests to the API server by HTTP status, or <error> where none came.",
            labels: ["code", "method"])
        seconds = registry.histogram(
            "rest_client_request_duration_seconds", help: "Time from a request to the end of its answer.",
            labels: ["verb"], buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60])
    }

    func answered(_ request: Request, status: Int, after duration: Duration) {
        requests.add(1, [String(status), request.method.rawValue])
        seconds.observe(duration / .seconds(1), [request.method.rawValue])
    }

    func failed(_ request: Request) { requests.add(1, ["<error>", request.method.rawValue]) }
}
