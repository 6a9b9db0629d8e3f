/// Durations as Kubernetes objects hold them: numbers with units, largest first by custom (`1h30m`, `100ms`, `1.5s`).
package enum DurationText {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9),
    ]

    /// Longest duration that is read: a hundred years. More is refused as a mistake.
    private static let nanosecondsMax = 3.2e18

    /// Reads a duration; nil for text that is none, a negative one, or one above a hundred years.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            guard let value = Double(number) else { return nil }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
            guard let unit = units.first(where: { $0.name == name }) else { return nil }
            rest = rest.dropFirst(name.count)
            total += value * unit.nanoseconds
        }
        return total <= nanosecondsMax ? .nanoseconds(Int64(total)) : nil
    }
}
