import Synchronization

/// The metrics of one process and their Prometheus text.
///
/// A name is declared once; declaring it again with the same labels gives the same metric, so that modules need not
/// share variables.
package final class MetricsRegistry: Sendable {
    private enum Family: Sendable {
        case counter(SeriesTable<Cell>)
        case gauge(SeriesTable<Cell>)
        case histogram(SeriesTable<HistogramCells>, buckets: [Double])

        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    /// What a metric was declared as.
    package struct Declaration: Sendable, Hashable {
        package var name: String
        /// `counter`, `gauge` or `histogram`.
        package var type: String
        package var labels: [String]
        /// Upper bounds; empty for what is no histogram.
        package var buckets: [Double]

        package init(name: String, type: String, labels: [String], buckets: [Double] = []) {
            self.name = name
            self.type = type
            self.labels = labels
            self.buckets = buckets
        }
    }

    private struct State {
        var families: [String: (help: String, family: Family)] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        let family = declare(name, help) { .counter(SeriesTable(labels: labels) { Cell() }) }
        guard case .counter(let table) = family else { preconditionFailure("\(name) is declared as two types") }
        return Counter(table: table)
    }

    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        let family = declare(name, help) { .gauge(SeriesTable(labels: labels) { Cell() }) }
        guard case .gauge(let table) = family else { preconditionFailure("\(name) is declared as two types") }
        return Gauge(table: table)
    }

    /// `buckets` are upper bounds, ascending; the one for everything is implied.
    package func histogram(_ name: String, help: String, labels: [String] = [], buckets: [Double]) -> Histogram {
        let family = declare(name, help) {
            .histogram(SeriesTable(labels: labels) { HistogramCells(bounds: buckets) }, buckets: buckets)
        }
        guard case .histogram(let table, _) = family else { preconditionFailure("\(name) is declared as two types") }
        return Histogram(table: table)
    }

    /// Runs before each scrape, for gauges that are read off something rather than kept.
    package func onCollect(_ collect: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(collect) }
    }

    /// Every metric there is, by name.
    package var declarations: [Declaration] {
        state.withLock { $0.families }.sorted { $0.key < $1.key }.map { name, entry in
            switch entry.family {
            case .counter(let table), .gauge(let table):
                Declaration(name: name, type: entry.family.type, labels: table.labels)
            case .histogram(let table, let buckets):
                Declaration(name: name, type: entry.family.type, labels: table.labels, buckets: buckets)
            }
        }
    }

    /// The Prometheus text exposition (version 0.0.4), metrics by name.
    package func text() -> String {
        for collect in state.withLock({ $0.collectors }) { collect() }
        var output = ""
        for (name, entry) in state.withLock({ $0.families }).sorted(by: { $0.key < $1.key }) {
            output += "# HELP \(name) \(entry.help)\n# TYPE \(name) \(entry.family.type)\n"
            switch entry.family {
            case .counter(let table), .gauge(let table):
                for (values, cell) in table.all {
                    output += "\(name)\(Self.labels(table.labels, values)) \(Self.number(cell.value))\n"
                }
            case .histogram(let table, _):
                for (values, cells) in table.all { Self.append(cells, name, table.labels, values, to: &output) }
            }
        }
        return output
    }

    private func declare(_ name: String, _ help: String, _ make: () -> Family) -> Family {
        state.withLock { state in
            if let entry = state.families[name] { return entry.family }
            let family = make()
            state.families[name] = (help, family)
            return family
        }
    }

    private static func append(
        _ cells: HistogramCells, _ name: String, _ labels: [String], _ values: [String], to output: inout String
    ) {
        var total = 0.0
        for (index, cell) in cells.counts.enumerated() {
            total += cell.value
            let bound = index < cells.bounds.count ? number(cells.bounds[index]) : "+Inf"
            output += "\(name)_bucket\(Self.labels(labels + ["le"], values + [bound])) \(number(total))\n"
        }
        output += "\(name)_sum\(Self.labels(labels, values)) \(number(cells.sum.value))\n"
        output += "\(name)_count\(Self.labels(labels, values)) \(number(total))\n"
    }

    private static func labels(_ names: [String], _ values: [String]) -> String {
        if names.isEmpty { return "" }
        return "{" + zip(names, values).map { "\($0)=\"\(escape($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            default: output.append(character)
            }
        }
        return output
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : String(value)
    }
}
