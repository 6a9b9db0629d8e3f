package import ArgumentParser
import Glibc
import Observability

/// Runs a command line the way Kubernetes people expect: 0 done (help and version too), 1 failed, 2 wrong usage; errors
/// are one sentence on standard error.
package enum CommandRunner {
    /// `switches` are the flags, by long name without dashes, that may also be written as Go programs take them:
    /// `--name=true` and `--name=false`.
    package static func run<Command: AsyncParsableCommand>(
        _ command: Command.Type, switches: Set<String> = []
    ) async -> Never {
        do {
            let arguments = CommandLine.arguments.dropFirst().map { plain($0, switches) }
            var parsed = try command.parseAsRoot(arguments)
            if var asynchronous = parsed as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try parsed.run()
            }
            exit(0)
        } catch {
            switch command.exitCode(for: error) {
            case .success:
                StandardOutput.write(command.fullMessage(for: error))
                exit(0)
            case .validationFailure:
                StandardError.write(command.fullMessage(for: error))
                exit(2)
            case let code:
                let sentence = (error is ExitCode) ? "" : "\(command._commandName): \(error)"
                if !sentence.isEmpty { StandardError.write(sentence) }
                exit(code.rawValue == 0 ? 1 : min(code.rawValue, 1))
            }
        }
    }
}

extension CommandRunner {
    /// A switch with its value as the flag it means; anything else as it is.
    package static func plain(_ argument: String, _ switches: Set<String>) -> String {
        for name in switches {
            if argument == "--\(name)=true" { return "--\(name)" }
            if argument == "--\(name)=false" { return "--no-\(name)" }
        }
        return argument
    }
}

/// The process's standard output, for what a command answers.
package enum StandardOutput {
    /// Writes a text and a line end.
    package static func write(_ text: String) { write(bytes: Array(text.utf8) + [0x0A]) }

    /// Writes bytes as they are, in one system call where the system takes them at once.
    package static func write(bytes: [UInt8]) { write(bytes, to: 1) }

    /// Writes bytes to standard error as they are.
    package static func writeToError(bytes: [UInt8]) { write(bytes, to: 2) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        unsafe bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
                if count <= 0 { return }
                start += count
            }
        }
    }
}
