import ArgumentParser
import Gateway
import Testing

@testable import coordinator

/// Flags and Kthena's variables of the access log.
struct WatchOptionsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var flags: [String] = []
        var environment: [String: String] = [:]
        var plan: AccessLogPlan?
        var testDescription: String { "\(flags) \(environment)" }
    }

    static let rows = [
        Row(plan: AccessLogPlan(format: .text, output: "stdout")),
        Row(environment: ["ACCESS_LOG_ENABLED": "false"], plan: nil),
        Row(
            flags: ["--access-log"], environment: ["ACCESS_LOG_ENABLED": "false"],
            plan: AccessLogPlan(format: .text, output: "stdout")),
        Row(flags: ["--no-access-log"], environment: ["ACCESS_LOG_ENABLED": "true"], plan: nil),
        Row(
            environment: ["ACCESS_LOG_FORMAT": "json", "ACCESS_LOG_OUTPUT": "/tmp/a.log"],
            plan: AccessLogPlan(format: .json, output: "/tmp/a.log")),
        Row(
            flags: ["--access-log-format", "text", "--access-log-output", "stderr"],
            environment: ["ACCESS_LOG_FORMAT": "nonsense", "ACCESS_LOG_OUTPUT": "/tmp/a.log"],
            plan: AccessLogPlan(format: .text, output: "stderr")),
        Row(
            environment: ["ACCESS_LOG_FORMAT": "", "ACCESS_LOG_OUTPUT": ""],
            plan: AccessLogPlan(format: .text, output: "stdout")),
    ]

    @Test(arguments: rows) func `say where lines go`(row: Row) throws {
        let options = try WatchOptions.parse(row.flags)
        #expect(try options.accessLogPlan { row.environment[$0] } == row.plan)
    }

    @Test func `an unknown form is refused`() throws {
        let options = try WatchOptions.parse([])
        #expect(throws: (any Error).self) {
            try options.accessLogPlan { $0 == "ACCESS_LOG_FORMAT" ? "yaml" : nil }
        }
        for flags in [["--access-log-format", "yaml"], ["--debug-port", "65536"], ["--trace-context", "all"]] {
            #expect(throws: (any Error).self, "\(flags)") { try WatchOptions.parse(flags) }
        }
    }
}
