import ClusterKit

/// How long reconciliations of ModelServings took, from the histogram that a coordinator shows.
struct ReconcileTimes {
    private(set) var count = 0.0
    /// Seconds; inside a bucket every value counts as equally likely.
    private(set) var p50 = 0.0
    private(set) var p99 = 0.0

    init(_ process: CoordinatorProcess) async throws {
        let samples = try await process.samples("controller_runtime_reconcile_time_seconds_bucket")
        let buckets = samples.filter { $0.labels.contains("controller=\"modelserving\"") }
            .compactMap { sample -> (bound: Double, count: Double)? in
                guard let start = sample.labels.firstRange(of: "le=\"") else { return nil }
                let text = sample.labels[start.upperBound...].prefix { $0 != "\"" }
                return (text == "+Inf" ? .infinity : Double(text) ?? .infinity, sample.value)
            }
            .sorted { $0.bound < $1.bound }
        count = buckets.last?.count ?? 0
        p50 = Self.quantile(0.5, buckets)
        p99 = Self.quantile(0.99, buckets)
    }

    private static func quantile(_ share: Double, _ buckets: [(bound: Double, count: Double)]) -> Double {
        let rank = share * (buckets.last?.count ?? 0)
        var below = (bound: 0.0, count: 0.0)
        for bucket in buckets {
            if bucket.count >= rank, bucket.count > below.count {
                let part = (rank - below.count) / (bucket.count - below.count)
                return bucket.bound.isFinite ? below.bound + part * (bucket.bound - below.bound) : below.bound
            }
            below = bucket
        }
        return below.bound
    }
}
