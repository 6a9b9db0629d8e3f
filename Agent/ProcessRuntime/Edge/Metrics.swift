import Observability

/// The instruments of the process runtime.
struct RuntimeMetrics: Sendable {
    let pods: Gauge
    let running: Gauge
    let starts: Counter
    let restarts: Counter
    let refusals: Counter
    let startSeconds: Histogram

    init(_ registry: MetricsRegistry) {
        pods = registry.gauge("martlet_runtime_pods", help: "Pods that this runtime keeps")
        running = registry.gauge("martlet_runtime_containers_running", help: "Containers whose program runs")
        starts = registry.counter("martlet_runtime_container_starts_total", help: "Containers started")
        restarts = registry.counter(
            "martlet_runtime_container_restarts_total", help: "Containers started again after they ended")
        refusals = registry.counter(
            "martlet_runtime_start_failures_total", help: "Starts that failed, by reason", labels: ["reason"])
        startSeconds = registry.histogram(
            "martlet_runtime_container_start_seconds", help: "Time from the decision to start until the program runs",
            buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    }
}
