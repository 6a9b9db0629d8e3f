import Subprocess
import SystemPackage

/// A program run to its end, as a test sees it.
package struct Command: Sendable {
    /// Bytes of output that are kept; more ends the command with an error.
    package static let outputBytesMax = 16 << 20

    package var output: String
    package var errors: String
    /// The exit status; 128 and the signal's number for a killed one.
    package var status: Int

    package var succeeded: Bool { status == 0 }

    /// Runs a program found on PATH or by its path. `environment` is added to this process's own.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Command {
        let executable: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
        let values = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: values)), input: .none,
            output: .string(limit: outputBytesMax), error: .string(limit: outputBytesMax))
        let status =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Command(output: result.standardOutput, errors: result.standardError, status: status)
    }
}
