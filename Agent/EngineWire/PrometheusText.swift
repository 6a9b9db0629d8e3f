/// What one scrape of a metrics page says.
package struct PrometheusText: Sendable, Hashable {
    /// A larger page is refused.
    package static let bytesMax = 16 * 1024 * 1024

    /// Families in the order of the page.
    package private(set) var families: [Family] = []
    /// Lines that are neither a sample nor a comment; they are passed over.
    package private(set) var malformedCount = 0
    private var positions: [String: Int] = [:]

    /// The samples of one metric: of a histogram also those of its `_bucket`, `_sum` and `_count`.
    package struct Family: Sendable, Hashable {
        package var name: String
        /// `counter`, `gauge`, `histogram`, `summary`; `untyped` when the page does not say.
        package var type: String
        package var help: String
        package var samples: [Sample] = []
    }

    /// One value.
    package struct Sample: Sendable, Hashable {
        package var name: String
        package var labels: [String: String]
        package var value: Double
    }

    package init() {}

    /// The family of a metric; of a counter by its name with or without `_total`.
    package subscript(name: String) -> Family? {
        let other = name.hasSuffix("_total") ? String(name.dropLast(6)) : "\(name)_total"
        return (positions[name] ?? positions[other]).map { families[$0] }
    }

    /// The value of the first sample of a metric whose labels contain `labels`.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        self[name]?.samples.first { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }?.value
    }

    /// The sum over every sample of a metric whose labels contain `labels`; nil when there is none.
    package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let samples = self[name]?.samples ?? []
        let values = samples.filter { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }
        return values.isEmpty ? nil : values.reduce(0) { $0 + $1.value }
    }

    mutating func describe(_ name: String, type: String? = nil, help: String? = nil) {
        let position = family(name)
        if let type { families[position].type = type }
        if let help { families[position].help = help }
    }

    mutating func add(_ sample: Sample) {
        families[family(owner(of: sample.name))].samples.append(sample)
    }

    mutating func countMalformed() { malformedCount += 1 }

    /// The declared family a sample's name belongs to.
    private func owner(of name: String) -> String {
        if positions[name] != nil { return name }
        for suffix in ["_bucket", "_sum", "_count", "_total", "_created"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if positions[base] != nil { return base }
        }
        return name
    }

    private mutating func family(_ name: String) -> Int {
        if let position = positions[name] { return position }
        positions[name] = families.count
        families.append(Family(name: name, type: "untyped", help: ""))
        return families.count - 1
    }
}
