import Daemon
import EngineSimulator
import Glibc
import JSONValues
import Logging
import Observability
import ServiceLifecycle
import SystemFiles
import UnixSignals

/// Stands in for a vLLM server and the containers around it.
@main
enum Program {
    /// Requests in flight get this long after a signal.
    static let shutdownMax = Duration.seconds(20)

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            StandardError.write("engine-simulator: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "--help", "-h", "help", nil: StandardOutput.write(HelpText.text)
        case "--version", "version": StandardOutput.write("engine-simulator \(Version.number)")
        case "container":
            let words = Array(rest.first == "--" ? rest.dropFirst() : rest[...])
            try await runContainer(try ContainerCommand(words, environment: { Environment[$0] }))
        case "runtime":
            let own = EngineIdentity.ownAddress(environment)
            let settings = try RuntimeSidecar.Settings(arguments: rest, own: own)
            try await run(RuntimeSidecar(settings, logger: logger("runtime")))
        case "downloader": StandardOutput.write(try Downloader.run(rest))
        case "serve": try await serve(rest)
        default: try await serve(arguments)
        }
    }

    private static func runContainer(_ command: ContainerCommand) async throws {
        switch command {
        case .serve(let arguments): try await serve(arguments)
        case .leader(let workers, let arguments):
            guard let engine = try engine(arguments) else { return }
            let host = EngineIdentity.ownAddress(environment)
            try await run(
                MultiNodeLeader(host: host, workers: workers, logger: logger("leader")) { try await engine.run() })
        case .worker(let leader):
            try await run(MultiNodeWorker(leader: leader, logger: logger("worker")))
        }
    }

    private static func serve(_ arguments: [String]) async throws {
        guard let engine = try engine(arguments) else { return }
        try await run(engine)
    }

    /// The engine of some flags; nil when they only asked for help.
    private static func engine(_ arguments: [String]) throws -> SimulatedEngine? {
        let flags = try EngineFlags(arguments: arguments)
        if flags.wantsHelp { StandardOutput.write(HelpText.text) }
        if flags.wantsVersion { StandardOutput.write("engine-simulator \(Version.number)") }
        guard !flags.wantsHelp, !flags.wantsVersion else { return nil }
        let logger = logger("engine")
        for name in flags.unknown { logger.warning("Ignored unknown flag", metadata: ["flag": "--\(name)"]) }
        if flags.dataParallel > 1 {
            logger.warning("Simulating rank 0 only", metadata: ["dataParallelSize": "\(flags.dataParallel)"])
        }
        var calibration = Calibration()
        if let path = flags.calibrationFile {
            calibration = try Calibration(try JSONValue.parse(try Files.read(path)))
        }
        let identity = try EngineIdentity(flags: flags, environment: environment, calibration: calibration)
        return try SimulatedEngine(identity, logger: logger)
    }

    private static func run(_ service: any Service) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger("lifecycle"))
        configuration.maximumGracefulShutdownDuration = shutdownMax
        try await ServiceGroup(configuration: configuration).run()
    }

    private static func logger(_ label: String) -> Logger {
        let quiet = label == "lifecycle"
        return Logger(label: label) { LineLogHandler(label: $0, format: .text, level: quiet ? .error : .info) }
    }

    /// The variables an engine looks at.
    private static var environment: [String: String] {
        let names = [
            "MARTLET_POD_IP", "VLLM_HOST_IP", "VLLM_NIXL_SIDE_CHANNEL_HOST", "VLLM_NIXL_SIDE_CHANNEL_PORT",
            "PYTHONHASHSEED", "VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES",
        ]
        return names.reduce(into: [:]) { $0[$1] = Environment[$1] }
    }
}
