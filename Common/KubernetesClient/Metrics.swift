import KubernetesAPI
import NIOHTTP1
import Observability

/// The client's metrics, under the names Kubernetes clients have.
struct ClientMetrics: Sendable {
    private let requests: Counter
    private let retries: Counter
    private let seconds: Histogram
    private let limiterSeconds: Histogram
    /// The server's host and port.
    private let host: String

    private static let buckets: [Double] = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

    init(_ registry: MetricsRegistry, server: String) {
        host =
            server.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init) ?? server
        requests = registry.counter(
            "rest_client_requests_total",
            help: "Requests to the API server by HTTP status, or <error> where none came.",
            labels: ["code", "method", "host"])
        retries = registry.counter(
            "rest_client_request_retries_total", help: "Requests sent again, by what came of them before.",
            labels: ["code", "verb", "host"])
        seconds = registry.histogram(
            "rest_client_request_duration_seconds", help: "Time from a request to the end of its answer.",
            labels: ["verb", "host"], buckets: ClientMetrics.buckets)
        limiterSeconds = registry.histogram(
            "rest_client_rate_limiter_duration_seconds",
            help: "Time a request waited because this client makes no more requests a second.",
            labels: ["verb", "host"], buckets: ClientMetrics.buckets)
    }

    func waited(_ request: Request, for duration: Duration) {
        limiterSeconds.observe(duration / .seconds(1), [request.method.rawValue, host])
    }

    func answered(_ request: Request, status: Int, after duration: Duration) {
        requests.add(1, [String(status), request.method.rawValue, host])
        seconds.observe(duration / .seconds(1), [request.method.rawValue, host])
    }

    func failed(_ request: Request) { requests.add(1, ["<error>", request.method.rawValue, host]) }

    func retried(_ request: Request, after failure: any Error) {
        let code = (failure as? APIStatus).map { String($0.code) } ?? "<error>"
        retries.add(1, [code, request.method.rawValue, host])
    }
}
