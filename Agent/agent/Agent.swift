import ArgumentParser
import Daemon
import Observability

/// The program on every node.
@main struct Agent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-agent",
        abstract: "Knows this node, its engines and their KV caches, and tells every coordinator.",
        version: Version.number)

    @Option(help: "kubeconfig of the API server (default: the pod's service account, else ~/.kube/config).")
    var kubeconfig: String?

    @Option(help: "The node whose pods are watched (default: $NODE_NAME); not with --standalone.")
    var nodeName: String?

    @Option(help: "Where health, metrics and the node's facts are served.")
    var httpAddress = "127.0.0.1:9464"

    @Option(
        name: .customLong("coordinator"),
        help: "ZeroMQ endpoint of coordinators; a name stands for every address it has. May be repeated.")
    var coordinators: [String]

    // A key may begin with a dash.
    @Option(parsing: .unconditional, help: "Public CURVE key of the coordinators.")
    var coordinatorKey: String

    @Option(help: "File with this agent's CURVE key pair; made when it is missing.")
    var linkKeys: String

    @Flag(help: "Run the pods of the declared nodes as local processes.")
    var standalone = false

    @Option(help: "Nodes this agent stands for (YAML; default: one node, this machine as it is).")
    var standaloneConfig: String?

    @Option(help: "Which local program stands for which image (YAML; goes before the built-in list).")
    var imageMap: String?

    @Option(help: "Folder of the process runtime's state.")
    var stateDir: String?

    @Option(help: "Where the node's file system is mounted, to read engines' tokenizer files in hostPath volumes.")
    var hostRoot: String?

    @Option(help: "File with the bearer token that container logs ask for.")
    var tokenFile: String?

    @Flag(help: "Stop the pods' processes at SIGTERM, instead of leaving them to the next start.")
    var stopPodsOnExit = false

    @OptionGroup var logging: LoggingOptions

    static func main() async { await CommandRunner.run(Agent.self) }

    func validate() throws {
        if standalone, stateDir == nil { throw ValidationError("--standalone needs --state-dir") }
        if coordinators.isEmpty { throw ValidationError("Name at least one coordinator with --coordinator") }
    }

    func run() async throws {
        logging.bootstrap()
        try await AgentProgram(flags: self).run()
    }
}
