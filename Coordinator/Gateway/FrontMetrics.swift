import Observability

/// The instruments of clients' connections: their protocol, their encryption, and the end of a gateway.
struct FrontMetrics: Sendable {
    let http2Connections: Gauge
    let http2Faults: Counter
    let handshakes: Counter
    let reloads: Counter
    let cutRequests: Counter
    let certificates: CertificateTimes

    init(_ registry: MetricsRegistry) {
        http2Connections = registry.gauge(
            "martlet_gateway_http2_connections", help: "Open connections of clients that speak HTTP/2.")
        http2Faults = registry.counter(
            "martlet_gateway_http2_faults_total", help: "HTTP/2 frames of clients that were refused, by why.",
            labels: ["reason"])
        handshakes = registry.counter(
            "martlet_gateway_tls_handshakes_total", help: "TLS handshakes with clients, by how they ended.",
            labels: ["outcome"])
        reloads = registry.counter(
            "martlet_gateway_certificate_reloads_total",
            help: "Certificates given for the router's own port, by whether they could be used.", labels: ["outcome"])
        cutRequests = registry.counter(
            "martlet_gateway_drain_cut_requests_total",
            help: "Requests that had not ended at shutdown when their time was over.")
        certificates = CertificateTimes(registry)
    }
}
