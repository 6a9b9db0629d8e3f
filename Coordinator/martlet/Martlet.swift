import ArgumentParser
import Daemon
import Observability

/// The operator's command line.
@main struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Runs LLM inference on this machine, or asks a running Martlet what it does.",
        discussion: """
            First steps on a machine without a GPU:
              martlet up --detach          start the API server, coordinator and agent here
              export KUBECONFIG=$(martlet kubeconfig)
              kubectl apply -f model.yaml  deploy a ModelServing
              martlet status               what runs, what waits, and why
              martlet requests             where the last requests went, and why
              martlet down                 stop everything
            """,
        version: Version.number,
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, RequestsCommand.self, KubeconfigCommand.self,
            VersionCommand.self,
        ])

    static func main() async { await CommandRunner.run(Martlet.self) }
}

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() async throws { StandardOutput.write("martlet \(Version.number)") }
}

struct KubeconfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig", abstract: "Print the path of the kubeconfig of the Martlet on this machine.")

    @OptionGroup var place: DataDirectory.Options

    func run() async throws { StandardOutput.write(try place.directory().kubeconfig) }
}
