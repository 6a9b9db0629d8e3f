import Subprocess
import SystemFiles
import SystemPackage
import TestKit

/// The program that runs the gateway alone, built beside this one.
enum GatewayProcess {
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
