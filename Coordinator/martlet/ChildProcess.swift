import Daemon
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import SystemFiles

/// A program of Martlet that runs as a process of its own: started when `start` opens, started again when it dies,
/// stopped with SIGTERM.
///
/// 1. At most one process of a name lives in a data directory; one left by a killed `martlet up` is ended first.
/// 2. Its output goes to its log file, appended.
final class ChildProcess: Service {
    /// Waits between two starts: from the first to the second bound, doubled each time.
    static let restartDelay = (least: Duration.milliseconds(200), most: Duration.seconds(10))
    /// A process that lived this long has its delay forgotten.
    static let healthyLife = Duration.seconds(30)
    /// Seconds between SIGTERM and SIGKILL.
    static let stopSecondsMax = 20

    private let name: String
    private let program: String
    private let arguments: @Sendable () -> [String]
    private let directory: DataDirectory
    private let start: Latch
    private let logger: Logger
    private let running = Mutex<pid_t>(0)
    private let isStopping = Mutex(false)

    init(
        name: String, program: String, directory: DataDirectory, start: Latch, logger: Logger,
        arguments: @escaping @Sendable () -> [String]
    ) {
        self.name = name
        self.program = program
        self.arguments = arguments
        self.directory = directory
        self.start = start
        self.logger = logger
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            await start.wait()
            try await supervise()
        } onGracefulShutdown: {
            self.isStopping.withLock { $0 = true }
            self.start.open()
            self.stop()
        }
    }

    private func supervise() async throws {
        ProcessFile(path: directory.processFile(of: name)).end(within: Self.stopSecondsMax)
        var delay = Self.restartDelay.least
        let clock = ContinuousClock()
        while !isStopping.withLock({ $0 }), !Task.isCancelled {
            let began = clock.now
            let pid = try Spawn.start(program, arguments(), log: directory.log(of: name))
            running.withLock { $0 = pid }
            try ProcessFile(path: directory.processFile(of: name)).write(pid)
            if isStopping.withLock({ $0 }) { stop() }
            let status = await Spawn.wait(for: pid)
            running.withLock { $0 = 0 }
            Files.remove(directory.processFile(of: name))
            if isStopping.withLock({ $0 }) { return }
            if clock.now - began > Self.healthyLife { delay = Self.restartDelay.least }
            logger.warning(
                "Restarting program after it ended",
                metadata: [
                    "program": .string(name), "status": .string(status), "delay": "\(delay)",
                    "log": .string(directory.log(of: name)),
                ])
            try await Task.sleep(for: delay)
            delay = min(delay * 2, Self.restartDelay.most)
        }
    }

    private func stop() {
        let pid = running.withLock { $0 }
        if pid > 0 { kill(pid, SIGTERM) }
    }
}
