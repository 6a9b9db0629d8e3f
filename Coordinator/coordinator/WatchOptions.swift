import ArgumentParser
import Gateway
import SystemFiles

/// The flags of what tells about requests: the access log, traces, the debug pages. Kthena's variables count where a
/// flag says nothing.
struct WatchOptions: ParsableArguments {
    /// Flags that may have a value too, as Go programs take them.
    static let switches: Set<String> = ["access-log"]

    @Flag(
        inversion: .prefixedNo,
        help: "Write a line for each request (default: $ACCESS_LOG_ENABLED, else yes).")
    var accessLog: Bool?

    @Option(help: "How lines of the access log look: text or json (default: $ACCESS_LOG_FORMAT, else text).")
    var accessLogFormat: AccessLogFormat?

    @Option(help: "Where they go: stdout, stderr or a file (default: $ACCESS_LOG_OUTPUT, else stdout).")
    var accessLogOutput: String?

    @Option(
        help: """
            What becomes of traces: forward passes their fields as they come, join makes the router a span of the \
            client's trace, start also begins one where there is none. Spans are told in the access log alone.
            """)
    var traceContext = TracePolicy.forward

    @Option(help: "Port on 127.0.0.1 of the debug pages; 0 for none.")
    var debugPort = 15_000

    func validate() throws {
        guard (0...65_535).contains(debugPort) else {
            throw ValidationError("--debug-port \(debugPort) is no port; choose one from 0 to 65535")
        }
    }

    /// Where the access log goes and in which form; nil where it is off.
    func accessLogPlan(_ environment: (String) -> String? = { Environment[$0] }) throws -> AccessLogPlan? {
        let isOff = ["false", "0", "f", "no"].contains(environment("ACCESS_LOG_ENABLED")?.lowercased() ?? "")
        guard accessLog ?? !isOff else { return nil }
        var plan = AccessLogPlan(format: accessLogFormat ?? .text, output: accessLogOutput ?? "")
        if accessLogFormat == nil, let text = environment("ACCESS_LOG_FORMAT"), !text.isEmpty {
            guard let format = AccessLogFormat(rawValue: text.lowercased()) else {
                throw ValidationError("ACCESS_LOG_FORMAT \(text) is unknown; use text or json")
            }
            plan.format = format
        }
        if plan.output.isEmpty { plan.output = environment("ACCESS_LOG_OUTPUT") ?? "" }
        if plan.output.isEmpty { plan.output = "stdout" }
        return plan
    }
}

/// The form of the access log and its place.
struct AccessLogPlan: Equatable {
    var format: AccessLogFormat
    /// `stdout`, `stderr` or a path.
    var output: String
}

extension AccessLogFormat: ExpressibleByArgument {}
extension TracePolicy: ExpressibleByArgument {}
