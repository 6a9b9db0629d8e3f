/// One histogram of a page: how many observations were at most each bound.
package struct PrometheusHistogram: Sendable, Hashable {
    /// Bounds, rising, the last infinite.
    package var bounds: [Double]
    /// Observations at or below each bound.
    package var cumulativeCounts: [Double]
    package var sum: Double
    package var count: Double

    /// Mean of what was observed between `earlier` and this; nil when nothing was, or when the engine began anew.
    package func mean(since earlier: PrometheusHistogram?) -> Double? {
        let observed = count - (earlier?.count ?? 0)
        guard observed > 0 else { return nil }
        return (sum - (earlier?.sum ?? 0)) / observed
    }
}

extension PrometheusText {
    /// The histogram of a metric, summed over every series whose labels contain `labels`; nil when there is none.
    package func histogram(_ name: String, _ labels: [String: String] = [:]) -> PrometheusHistogram? {
        guard let family = self[name] else { return nil }
        var buckets: [Double: Double] = [:]
        var sum = 0.0
        var count = 0.0
        for sample in family.samples where labels.allSatisfy({ sample.labels[$0.key] == $0.value }) {
            switch sample.name {
            case "\(name)_sum": sum += sample.value
            case "\(name)_count": count += sample.value
            case "\(name)_bucket":
                let text = sample.labels["le"] ?? ""
                guard let bound = text == "+Inf" ? Double.infinity : Double(text) else { continue }
                buckets[bound, default: 0] += sample.value
            default: continue
            }
        }
        guard !buckets.isEmpty else { return nil }
        let bounds = buckets.keys.sorted()
        return PrometheusHistogram(
            bounds: bounds, cumulativeCounts: bounds.map { buckets[$0] ?? 0 }, sum: sum, count: count)
    }
}
