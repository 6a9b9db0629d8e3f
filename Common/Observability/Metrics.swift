/// A number that only grows.
package struct Counter: Sendable {
    let table: SeriesTable<Cell>

    package func add(_ amount: Double = 1, _ labelValues: [String] = []) { table.series(labelValues).add(amount) }

    /// The cell of one combination of label values, for code that counts often.
    package func cell(_ labelValues: [String] = []) -> Cell { table.series(labelValues) }
}

/// A number that goes up and down.
package struct Gauge: Sendable {
    let table: SeriesTable<Cell>

    package func set(_ value: Double, _ labelValues: [String] = []) { table.series(labelValues).set(value) }
    package func add(_ amount: Double, _ labelValues: [String] = []) { table.series(labelValues).add(amount) }
    package func cell(_ labelValues: [String] = []) -> Cell { table.series(labelValues) }

    /// Forgets a series whose subject is gone.
    package func remove(_ labelValues: [String]) { table.remove(labelValues) }
}

/// How often values fell into which bucket, with their sum.
package struct Histogram: Sendable {
    let table: SeriesTable<HistogramCells>

    /// Buckets for times of a request to a language model, seconds: 10 ms to 60 s.
    package static let requestSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    package func observe(_ value: Double, _ labelValues: [String] = []) { table.series(labelValues).observe(value) }

    /// The cells of one combination of label values, for code that observes often.
    package func cells(_ labelValues: [String] = []) -> HistogramCells { table.series(labelValues) }
}

/// One histogram series: a cell a bucket (not cumulative), one for what is above all, and the sum.
package final class HistogramCells: Sendable {
    let bounds: [Double]
    let counts: [Cell]
    let sum = Cell()

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in Cell() }
    }

    package func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count].add(1)
        sum.add(value)
    }
}
