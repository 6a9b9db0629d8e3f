import ArgumentParser
import Controllers
import Daemon
import Observability

/// The program that reconciles, places and routes.
@main struct Coordinator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-coordinator",
        abstract: "Reconciles model deployments, places their pods and routes their traffic.",
        version: Version.number)

    @OptionGroup var api: APIClientOptions

    @Option(help: "Where clients send requests.")
    var gatewayAddress = "127.0.0.1:8080"

    @Option(help: "Where health, metrics and decisions are served.")
    var adminAddress = "127.0.0.1:9465"

    @Option(help: "Where agents dial in (ZeroMQ endpoint).")
    var linkAddress = "tcp://127.0.0.1:5570"

    @Option(help: "File with this coordinator's CURVE key pair; made when it is missing.")
    var linkKeys: String?

    @Option(help: "Secret with the link keys, instead of --link-keys; made, with SECRET-agents, when it is missing.")
    var linkSecret: String?

    // A key may begin with a dash.
    @Option(
        name: .customLong("allow-agent"), parsing: .unconditionalSingleValue,
        help: "Public CURVE key of an agent that may dial in; may be repeated.")
    var allowedAgents: [String] = []

    @Option(help: "Event loops of the gateway.")
    var gatewayLoops = 2

    @Option(help: "File that says how pods are chosen, in Kthena's form; read again when it changes.")
    var routerConfiguration: String?

    @Option(help: "Folder with a folder for each served model name (tokenizer.json, …), to make prompts' tokens here.")
    var modelFiles: String?

    @OptionGroup var election: ElectionOptions

    @Option(help: "Controllers that run: names with commas between them, * for all, -NAME for all but one.")
    var controllers = "*"

    @Option(help: "ModelServings reconciled at once.")
    var workers = 5

    @Option(help: "Whether Volcano places pods with schedulerName volcano: yes, no, or auto for where it is installed.")
    var volcanoPlaces = VolcanoPresence.Choice.automatic

    @OptionGroup var webhooks: WebhookOptions

    @OptionGroup var gatewayOptions: GatewayOptions

    @OptionGroup var upstream: UpstreamOptions

    @OptionGroup var watch: WatchOptions

    @OptionGroup var logging: LoggingOptions

    static func main() async {
        let switches = GatewayOptions.switches.union(WatchOptions.switches).union(["leader-elect"])
        await CommandRunner.run(Coordinator.self, switches: switches)
    }

    func run() async throws {
        logging.bootstrap()
        guard (linkKeys == nil) != (linkSecret == nil) else {
            throw ValidationError("Say where the link keys are: either --link-keys FILE or --link-secret NAME")
        }
        try await CoordinatorProgram(
            api: api, gateway: try ListenAddress(gatewayAddress, flag: "--gateway-address"),
            admin: try ListenAddress(adminAddress, flag: "--admin-address"), linkAddress: linkAddress,
            linkKeys: linkKeys, linkSecret: linkSecret, allowedAgents: allowedAgents, gatewayLoops: gatewayLoops,
            routerConfiguration: routerConfiguration, modelFolder: modelFiles,
            volcanoPlaces: volcanoPlaces, election: election, controllers: controllers, workers: workers,
            webhooks: webhooks, gatewayOptions: gatewayOptions, upstream: upstream, watch: watch
        ).run()
    }
}

extension VolcanoPresence.Choice: ExpressibleByArgument {}
