import JSONValues
import Subprocess
import SystemPackage

extension CredentialPlugin {
    /// A run that takes longer is ended, with all it started.
    static let runMax = Duration.seconds(30)
    /// How long it may take to end after it was asked to.
    static let stopMax = Duration.seconds(1)
    /// A longer answer is refused: a chain of certificates is far shorter.
    static let outputBytesMax = 1 << 20

    /// Runs the program once. What it writes to standard error is not looked at: it may hold what nobody shall read.
    func run(limit: Duration = CredentialPlugin.runMax) async throws -> PluginCredential {
        let late = ConfigurationError("the credential plugin \(command) did not answer within \(limit)")
        return try PluginCredential(
            try await withTimeout(limit, throwing: late) { try await output() }, from: self)
    }

    private func output() async throws -> [UInt8] {
        var variables: [Environment.Key: String?] = ["KUBERNETES_EXEC_INFO": question.text()]
        for variable in environment { variables[Environment.Key(stringLiteral: variable.name)] = variable.value }
        var options = PlatformOptions()
        // What it starts belongs to its session, so that a run that is ended leaves nothing behind.
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: CredentialPlugin.stopMax)
        ]
        do {
            let result = try await Subprocess.run(
                command.contains("/") ? .path(FilePath(command)) : .name(command), arguments: Arguments(arguments),
                environment: .inherit.updating(variables), platformOptions: options, input: .none,
                output: .bytes(limit: CredentialPlugin.outputBytesMax), error: .discarded)
            try Task.checkCancellation()
            guard case .exited(0) = result.terminationStatus else {
                throw ConfigurationError(
                    "the credential plugin \(command) failed (\(result.terminationStatus)); run it by hand to see why")
            }
            return result.standardOutput
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ConfigurationError("the credential plugin \(command) could not be run: \(cause(of: error))\(hint)")
        }
    }

    private func cause(of error: SubprocessError) -> String {
        switch error.code {
        case .executableNotFound: "it is not there"
        case .outputLimitExceeded: "it answered with more than \(CredentialPlugin.outputBytesMax) bytes"
        default: "\(error)"
        }
    }

    private var hint: String { installHint.isEmpty ? "" : "; \(installHint)" }
}
