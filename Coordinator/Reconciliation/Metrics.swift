import Observability

/// The metrics of one work queue, under the names controllers of Kubernetes have.
struct QueueMetrics: Sendable {
    let adds: Cell
    let retries: Cell
    let refused: Cell
    private let queueSeconds: Histogram
    private let workSeconds: Histogram
    private let labels: [String]

    /// Counts for nobody.
    static var none: QueueMetrics { QueueMetrics(MetricsRegistry(), name: "") }

    static let buckets = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000]

    init(_ registry: MetricsRegistry, name: String) {
        labels = [name, name]
        let names = ["name", "controller"]
        adds = registry.counter("workqueue_adds_total", help: "Keys added to the queue.", labels: names).cell(labels)
        retries = registry.counter(
            "workqueue_retries_total", help: "Keys added again because work on them failed.", labels: names
        ).cell(labels)
        refused = registry.counter(
            "martlet_workqueue_refused_total", help: "Keys refused because the queue was full.", labels: names
        ).cell(labels)
        queueSeconds = registry.histogram(
            "workqueue_queue_duration_seconds", help: "Time a key waited in the queue.", labels: names,
            buckets: QueueMetrics.buckets)
        workSeconds = registry.histogram(
            "workqueue_work_duration_seconds", help: "Time work on a key took.", labels: names,
            buckets: QueueMetrics.buckets)
    }

    func waited(for duration: Duration) { queueSeconds.observe(duration / .seconds(1), labels) }
    func worked(for duration: Duration) { workSeconds.observe(duration / .seconds(1), labels) }
}

/// The metrics of one controller.
struct ControllerMetrics: Sendable {
    /// What one reconciliation came to.
    enum Result: String, CaseIterable { case success, error, requeueAfter = "requeue_after" }

    static let buckets = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
        1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
    ]

    private let name: String
    private let total: Counter
    private let errors: Counter
    private let seconds: Histogram
    let active: Cell

    init(_ registry: MetricsRegistry, name: String, workers: Int) {
        self.name = name
        total = registry.counter(
            "controller_runtime_reconcile_total", help: "Reconciliations by controller and result.",
            labels: ["controller", "result"])
        errors = registry.counter(
            "controller_runtime_reconcile_errors_total", help: "Reconciliations that failed.", labels: ["controller"])
        seconds = registry.histogram(
            "controller_runtime_reconcile_time_seconds", help: "Time a reconciliation took.", labels: ["controller"],
            buckets: ControllerMetrics.buckets)
        active = registry.gauge(
            "controller_runtime_active_workers", help: "Workers that reconcile right now.", labels: ["controller"]
        ).cell([name])
        // Dashboards compute rates, which need a first point.
        for result in Result.allCases { total.add(0, [name, result.rawValue]) }
        errors.add(0, [name])
        registry.gauge(
            "controller_runtime_max_concurrent_reconciles", help: "Workers of the controller.", labels: ["controller"]
        ).set(Double(workers), [name])
    }

    func reconciled(_ result: Result, in duration: Duration) {
        total.add(1, [name, result.rawValue])
        if result == .error { errors.add(1, [name]) }
        seconds.observe(duration / .seconds(1), [name])
    }

    /// Gauges that are read off the queue when somebody looks.
    static func observe(_ queue: WorkQueue<some Hashable & Sendable>, name: String, in registry: MetricsRegistry) {
        let labels = ["name", "controller"]
        let depth = registry.gauge("workqueue_depth", help: "Keys that wait for a worker.", labels: labels)
        let unfinished = registry.gauge(
            "workqueue_unfinished_work_seconds", help: "Time spent on keys in work, summed.", labels: labels)
        let longest = registry.gauge(
            "workqueue_longest_running_processor_seconds", help: "Time spent on the key longest in work.",
            labels: labels)
        // A queue lives for one term of its leader; of several the newest is looked at last, so it is what shows.
        registry.onCollect { [weak queue] in
            let now = ContinuousClock.now
            let ages = (queue?.working ?? []).map { (now - $0) / .seconds(1) }
            depth.set(Double(queue?.depth ?? 0), [name, name])
            unfinished.set(ages.reduce(0, +), [name, name])
            longest.set(ages.max() ?? 0, [name, name])
        }
    }
}
