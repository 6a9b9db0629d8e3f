package import ArgumentParser
import Logging
import Observability

/// The log flags every program has.
package struct LoggingOptions: ParsableArguments {
    @Option(help: "Least level that is logged: trace, debug, info, notice, warning, error.")
    package var logLevel: String = "info"

    @Option(help: "How log lines look: text or json.")
    package var logFormat: String = "text"

    package init() {}

    package func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level \(logLevel) is unknown; use trace, debug, info, notice, warning or error")
        }
        guard LogFormat(rawValue: logFormat) != nil else {
            throw ValidationError("--log-format \(logFormat) is unknown; use text or json")
        }
    }

    /// Makes every logger of the process follow these flags.
    package func bootstrap() {
        Daemon.bootstrapLogging(
            format: LogFormat(rawValue: logFormat) ?? .text, level: Logger.Level(rawValue: logLevel) ?? .info)
    }
}
