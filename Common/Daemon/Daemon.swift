import Glibc
package import Logging
package import Observability
package import ServiceLifecycle
import UnixSignals

/// Starts a program's services in order and stops them in reverse on SIGTERM or SIGINT.
package enum Daemon {
    /// Seconds a graceful stop may take before what is left is cancelled.
    package static let stopSecondsMax = 30

    /// Makes every logger of the process write lines in this format.
    package static func bootstrapLogging(format: LogFormat, level: Logger.Level) {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, level: level) }
    }

    /// Runs until a signal or the first service that ends, then stops the others in reverse order. Throws what made it
    /// end.
    package static func run(_ services: [any Service], logger: Logger) async throws {
        DescriptorLimit.raise()
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    /// Ends the process the way a command-line tool does: the sentence on standard error, exit status 1.
    package static func fail(_ error: any Error, program: String) -> Never {
        StandardError.write("\(program): \(error)")
        exit(1)
    }
}
