import NIOCore
import NIOPosix
import Subprocess
import SystemFiles
import SystemPackage
import TestKit

/// The program that runs the gateway alone, built beside this one.
enum GatewayProcess {
    private static let startMax = Duration.seconds(10)

    static var path: String {
        let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return (folder + ["bare-gateway"]).joined(separator: "/")
    }

    /// Instructions in user mode of a gateway that `body` sends requests to, its start and end included, as callgrind
    /// counts them: the same on a busy machine as on an idle one. `body` gets the port.
    static func instructions(
        worker: Int, _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws -> Int {
        let port = try await FreePorts.take(1)[0]
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-bench-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        // Valgrind gives up on what Swift tells debuggers.
        let program = "\(folder)/bare-gateway"
        let stripped = try await Command.run("strip", ["-g", "-o", program, path])
        guard stripped.succeeded else { throw BenchmarkError("\(path) cannot be stripped: \(stripped.errors)") }
        let log = try FileDescriptor.open(
            FilePath("\(folder)/gateway.log"), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
        let arguments = [
            "--tool=callgrind", "--callgrind-out-file=\(folder)/callgrind.out", program, "--port", "\(port)",
            "--worker",
            "http://127.0.0.1:\(worker)",
        ]
        _ = try await Subprocess.run(
            .name("valgrind"), arguments: Arguments(arguments), input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: true), error: .combinedWithOutput
        ) { execution in
            let failure = await failure(of: body, port)
            try execution.send(signal: .terminate)
            if let failure { throw failure }
        }
        let words = try Files.text("\(folder)/gateway.log").split(separator: "\n")
        guard let line = words.last(where: { $0.contains("Collected : ") }),
            let count = line.split(separator: " ").last.flatMap({ Int($0) })
        else { throw BenchmarkError("callgrind does not say what it counted, see \(folder)/gateway.log") }
        return count
    }

    /// Runs the gateway on one core; `body` gets its port and process. It has all descriptors that it may have.
    static func run<T: Sendable>(
        _ arguments: [String], core: Int, _ body: @Sendable @escaping (Int, Int32) async throws -> T
    ) async throws -> T {
        let port = try await FreePorts.take(1)[0]
        return try await run([path, "--port", "\(port)"] + arguments, listeningOn: port, core: core, body)
    }

    /// Runs any proxy that listens on `port` the same way.
    static func run<T: Sendable>(
        _ command: [String], listeningOn port: Int, core: Int,
        _ body: @Sendable @escaping (Int, Int32) async throws -> T
    ) async throws -> T {
        let shell = "ulimit -n $(ulimit -Hn); exec taskset -c \(core) \"$0\" \"$@\" >/dev/null 2>&1"
        return try await Subprocess.run(
            .name("bash"), arguments: Arguments(["-c", shell] + command), input: .none, output: .discarded,
            error: .discarded
        ) { execution in
            let result: Result<T, any Error>
            do {
                try await listens(on: port)
                result = .success(try await body(port, execution.processIdentifier.value))
            } catch {
                result = .failure(error)
            }
            try execution.send(signal: .terminate)
            return try result.get()
        }.closureResult
    }

    private static func listens(on port: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let deadline = ContinuousClock.now + startMax
        while true {
            do {
                try await ClientBootstrap(group: loop).connect(host: "127.0.0.1", port: port).get().close().get()
                return
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// What `body` fails with. A function of its own, as in CoordinatorProcess.
    private static func failure(
        of body: @Sendable (Int) async throws -> Void, _ port: Int
    ) async -> (any Error)? {
        do {
            try await body(port)
            return nil
        } catch {
            return error
        }
    }
}
