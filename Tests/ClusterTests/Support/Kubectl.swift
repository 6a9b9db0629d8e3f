import TestKit

/// kubectl, as a user of a cluster runs it.
struct Kubectl: Sendable {
    /// Seconds a webhook that does not answer is asked again.
    static let webhookWithin = 60

    let kubeconfig: String
    /// Where it keeps what it found out about the server.
    let cache: String

    /// Runs a command. While coordinators are killed by another case their webhooks do not answer for a moment; the
    /// command is then run again.
    func callAsFunction(_ arguments: [String]) async throws -> Command {
        var result: Command?
        try await eventually(within: Self.webhookWithin, "the webhooks to answer") {
            let command = try await Command.run(
                Repository.kubectl, ["--kubeconfig", kubeconfig, "--cache-dir", cache] + arguments)
            result = command
            return !Webhooks.areAway(command.errors)
        }
        guard let result else { throw TookTooLong(description: "kubectl did not run") }
        return result
    }
}

/// How an API server says that a webhook was not there to be asked.
enum Webhooks {
    static func areAway(_ message: String) -> Bool { message.contains("failed calling webhook") }
}
