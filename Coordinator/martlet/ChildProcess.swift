import Daemon
import Logging
import ServiceLifecycle
import Subprocess
import SystemFiles
import SystemPackage

/// A program of Martlet that runs as a process of its own: started when `start` opens, started again when it dies,
/// stopped with SIGTERM.
///
/// 1. At most one process of a name lives in a data directory; one left by a killed `martlet up` is ended first.
/// 2. Its output goes to its log file, appended.
/// 3. A program that gives up by itself before everything was up once has been started wrongly: that is an error, in
///    the program's own words, and ends `martlet up`.
struct ChildProcess: Service {
    /// Waits between two starts: from the first to the second bound, doubled each time.
    static let restartDelay = (least: Duration.milliseconds(200), most: Duration.seconds(10))
    /// A process that lived this long has its delay forgotten.
    static let healthyLife = Duration.seconds(30)
    /// Seconds between SIGTERM and SIGKILL.
    static let stopSecondsMax = 20

    var name: String
    var program: String
    var directory: DataDirectory
    var start: Latch
    var everythingIsUp: Latch
    var logger: Logger
    var arguments: [String]
    /// Variables besides those of this process.
    var environment: [String: String] = [:]

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            await start.wait()
            try await supervise()
        }
    }

    private func supervise() async throws {
        var delay = Self.restartDelay.least
        let clock = ContinuousClock()
        while !Task.isCancelled {
            let began = clock.now
            let status = try await Child.run(
                program, arguments, environment: environment, log: directory.log(of: name),
                stopWithin: .seconds(Self.stopSecondsMax)
            ) { pid in
                try ProcessFile(path: directory.processFile(of: name)).write(pid)
            }
            Files.remove(directory.processFile(of: name))
            if Task.isCancelled { return }
            if case .exited(let code) = status, !everythingIsUp.isOpen {
                throw StartupError(Child.lastLine(directory.log(of: name)) ?? "\(program) ended with status \(code)")
            }
            if clock.now - began > Self.healthyLife { delay = Self.restartDelay.least }
            logger.warning(
                "Restarting program after it ended",
                metadata: [
                    "program": .string(name), "status": "\(status)", "delay": "\(delay)",
                    "log": .string(directory.log(of: name)),
                ])
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, Self.restartDelay.most)
        }
    }
}

/// One life of a child process.
enum Child {
    /// Runs a program in a session of its own, output appended to `log`, until it ends.
    ///
    /// Cancelled, it sends SIGTERM and, after `stopWithin`, SIGKILL. Throws one sentence where it cannot be started.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String,
        stopWithin: Duration,
        started: (pid_t) async throws -> Void
    ) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: stopWithin)]
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
        } catch {
            throw StartupError("\(log) could not be opened: \(error)")
        }
        do {
            let variables = environment.map { (Subprocess.Environment.Key(stringLiteral: $0), Optional($1)) }
            let result = try await Subprocess.run(
                .path(FilePath(program)), arguments: Arguments(arguments),
                environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)), platformOptions: options,
                input: .none,
                output: .fileDescriptor(file, closeAfterSpawningProcess: true), error: .combinedWithOutput
            ) { execution in
                try await started(execution.processIdentifier.value)
            }
            return result.terminationStatus
        } catch let error as SubprocessError {
            throw StartupError("\(program) could not be started: \(error)")
        }
    }

    /// What a program said last, without its name; nil where it said nothing.
    static func lastLine(_ log: String) -> String? {
        let lines = ((try? Files.text(log)) ?? "").split(separator: "\n")
        // Below what is wrong with a flag stand hints.
        guard let line = lines.suffix(3).last(where: { $0.hasPrefix("Error: ") }) ?? lines.last else { return nil }
        let name = line.prefix { $0.isLowercase || $0 == "-" }
        return String(
            name.hasPrefix("martlet") && line.dropFirst(name.count).hasPrefix(": ")
                ? line.dropFirst(name.count + 2) : line)
    }
}
