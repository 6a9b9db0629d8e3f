import Synchronization

/// One number that many threads change and a scrape reads.
package final class Cell: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    package func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let result = bits.compareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if result.exchanged { return }
            seen = result.original
        }
    }

    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
}

/// The series of one metric, by label values.
///
/// 1. Every series has one value for each declared label.
/// 2. There are never more than `seriesMax` series; a further combination is counted under `other` in every label, so a
///    hostile or careless label value costs no memory.
final class SeriesTable<Series: Sendable>: Sendable {
    static var seriesMax: Int { 2_000 }

    let labels: [String]
    private let make: @Sendable () -> Series
    private let table: Mutex<[[String]: Series]>

    init(labels: [String], make: @escaping @Sendable () -> Series) {
        self.labels = labels
        self.make = make
        table = Mutex(labels.isEmpty ? [[]: make()] : [:])
    }

    func series(_ values: [String]) -> Series {
        precondition(values.count == labels.count, "a metric is used with other labels than it declares: \(labels)")
        return table.withLock { table in
            if let series = table[values] { return series }
            let key = table.count < Self.seriesMax ? values : labels.map { _ in "other" }
            if let series = table[key] { return series }
            let series = make()
            table[key] = series
            return series
        }
    }

    func remove(_ values: [String]) {
        _ = table.withLock { $0.removeValue(forKey: values) }
    }

    /// Every series with its label values, in the order of those.
    var all: [([String], Series)] {
        table.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
