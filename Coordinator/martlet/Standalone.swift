import AgentLink
import Glibc
import Daemon
import JSONValues
import KubernetesAPI
import KubernetesClient
import LocalCluster
import Logging
import ServiceLifecycle
import SystemFiles

/// One whole Martlet on this machine: the API server here, coordinator and agent as child processes.
struct Standalone {
    var directory: DataDirectory
    var addresses: Addresses
    var crds: String
    var config: String?
    var imageMap: String?
    var manifests: [KubernetesObject]
    var logging: LoggingOptions

    func run() async throws {
        let logger = Logger(label: "martlet")
        try ProcessFile(path: directory.processFile(of: "martlet")).write(getpid())
        defer { Files.remove(directory.processFile(of: "martlet")) }
        Files.remove(directory.addresses)
        defer { Files.remove(directory.addresses) }
        let keys = try LinkKeys(directory)
        let clusterReady = Latch()
        let cluster = LocalCluster(
            LocalClusterConfiguration(
                dataDirectory: directory.cluster, host: addresses.api.host, port: addresses.api.port,
                crdDirectory: crds),
            logger: Logger(label: "apiserver"), onReady: { _ in clusterReady.open() })
        let childrenMayStart = Latch()
        let everythingIsUp = Latch()
        let coordinator = ChildProcess(
            name: "coordinator", program: try InstalledFiles.program("martlet-coordinator"), directory: directory,
            start: childrenMayStart, everythingIsUp: everythingIsUp, logger: logger,
            arguments: coordinatorArguments(keys), environment: ["DRAIN_TIMEOUT": Self.drainTimeout])
        let agent = ChildProcess(
            name: "agent", program: try InstalledFiles.program("martlet-agent"), directory: directory,
            start: childrenMayStart, everythingIsUp: everythingIsUp, logger: logger, arguments: agentArguments(keys))
        let bootstrap = Bootstrap(
            directory: directory, addresses: addresses, manifests: manifests, clusterReady: clusterReady,
            childrenMayStart: childrenMayStart, everythingIsUp: everythingIsUp, logger: logger)
        try await Daemon.run([cluster, coordinator, agent, bootstrap], logger: logger)
    }

    /// What requests under way have at shutdown; less than the time after which the coordinator is killed.
    private static let drainTimeout = "15s"

    private var loggingArguments: [String] { ["--log-level", logging.logLevel, "--log-format", logging.logFormat] }

    // Keys stand in one word with their flag: as words of their own, those that begin with `-=` are no flags' values.
    private func coordinatorArguments(_ keys: LinkKeys) -> [String] {
        [
            "--kubeconfig", directory.kubeconfig, "--gateway-address", "\(addresses.gateway)",
            "--admin-address", "\(addresses.coordinator)", "--link-address", "tcp://\(addresses.link)",
            "--link-keys", directory.coordinatorKeys, "--allow-agent=\(keys.agentPublic)", "--no-leader-elect",
            // The embedded API server holds the same rules.
            "--enable-webhook=false",
        ] + loggingArguments
    }

    private func agentArguments(_ keys: LinkKeys) -> [String] {
        [
            "--kubeconfig", directory.kubeconfig, "--http-address", "\(addresses.agent)",
            "--coordinator", "tcp://\(addresses.link)", "--coordinator-key=\(keys.coordinatorPublic)",
            "--link-keys", directory.agentKeys, "--standalone", "--state-dir", directory.runtime,
            "--token-file", directory.agentToken, "--stop-pods-on-exit",
        ] + (config.map { ["--standalone-config", $0] } ?? []) + (imageMap.map { ["--image-map", $0] } ?? [])
            + loggingArguments
    }
}

/// The CURVE keys of both ends, made once.
struct LinkKeys: Sendable {
    var coordinatorPublic: String
    var agentPublic: String

    init(_ directory: DataDirectory) throws {
        coordinatorPublic = try CurveKeys.loadOrGenerate(directory.coordinatorKeys).publicKey
        agentPublic = try CurveKeys.loadOrGenerate(directory.agentKeys).publicKey
    }
}
