import Gateway
import Logging
import Observability
import SystemFiles
import Testing

@testable import coordinator

/// The table of metrics that operators read, against what the router declares.
struct MetricsTableTests {
    static let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/deploy/metrics.md"

    /// Name and labels of each row.
    static func rows() throws -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for line in try Files.text(path).split(separator: "\n")
        where line.hasPrefix("| kthena_") || line.hasPrefix("| martlet_") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            rows[String(cells[1])] = cells[2].split(separator: ",").map(String.init)
        }
        return rows
    }

    @Test func `each row is a metric with these labels, and each metric of Kthena's has a row`() throws {
        let registry = MetricsRegistry()
        _ = GatewayMetrics(registry)
        _ = FleetMetrics(registry)
        _ = try AccessLogFile("/dev/null", metrics: registry, logger: Logger(label: "test"))
        let declared = Dictionary(uniqueKeysWithValues: registry.declarations.map { ($0.name, $0.labels) })
        let rows = try Self.rows()
        #expect(rows.count > 40)
        for (name, labels) in rows { #expect(declared[name] == labels, "\(name)") }
        for name in declared.keys where name.hasPrefix("kthena_router_") { #expect(rows[name] != nil, "\(name)") }
    }
}
