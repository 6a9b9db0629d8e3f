import AgentLink
import AgentProtocol
import Controllers
import Daemon
import Fleet
import Gateway
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle
import ServingAPI
import Synchronization
import SystemFiles

/// Wires the coordinator: the fleet and the gateway on every replica, the controllers beside them.
struct CoordinatorProgram {
    /// The Lease of Kthena's own controller manager, so that the two never write side by side.
    static let leaseName = "lease.kthena.controller-manager"

    var kubeconfig: String?
    var gateway: ListenAddress
    var admin: ListenAddress
    var linkAddress: String
    var linkKeys: String?
    var linkSecret: String?
    var allowedAgents: [String]
    var gatewayLoops: Int
    var volcanoPlaces: VolcanoPresence.Choice
    var leaderElect: Bool
    var leaseNamespace: String?
    var webhooks: WebhookOptions

    func run() async throws {
        let logger = Logger(label: "coordinator")
        let metrics = MetricsRegistry()
        let health = HealthRegistry()
        Version.publish(in: metrics, component: "coordinator")
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: kubeconfig), logger: Logger(label: "kubernetes"))
        let fleet = Fleet()
        let (keys, agents) = try await resolveLinkKeys(client)
        let link = try AgentLinkServer(
            endpoint: linkAddress, keys: keys, allowedAgents: agents,
            metrics: metrics, logger: Logger(label: "link"),
            deliver: { agent, event in fleet.apply(event, from: agent) })
        var configuration = GatewayConfiguration(host: gateway.host, port: gateway.port)
        configuration.loops = gatewayLoops
        configuration.accessLog = { StandardOutput.write(bytes: $0) }
        let gateway = Gateway(
            configuration, fleet: FleetView(fleet), metrics: GatewayMetrics(metrics), logger: Logger(label: "gateway"))
        let feed = RouteFeed(client: client, gateway: gateway, logger: Logger(label: "routes"))
        let leader = leaderServices(client, metrics, health)
        health.add("ping", live: true) { nil }
        health.add("routes") { feed.isSynced ? nil : "ModelRoutes, ModelServers and Pods are not listed yet" }
        let page = AdminServer(
            host: admin.host, port: admin.port, health: health, metrics: metrics, logger: Logger(label: "admin"),
            routes: { DebugPages.add(to: $0, gateway: gateway, fleet: fleet) })
        let base: [any Service] = [ClientLifetime(client), page, link, FleetClock(fleet: fleet)]
        let webhooks = webhooks.services(client, metrics, health)
        let services = base + feed.informers + [feed] + webhooks + leader + [gateway]
        try await Daemon.run(services, logger: logger)
    }

    /// This end's keys, and the public keys of the agents that may dial in.
    private func resolveLinkKeys(_ client: KubernetesClient) async throws -> (CurveKeys, [String]) {
        if let linkKeys { return (try CurveKeys.loadOrGenerate(linkKeys), allowedAgents) }
        let secret = LinkSecret(client: client, name: linkSecret ?? "", logger: Logger(label: "link"))
        let keys = try await secret.keys()
        return (keys.coordinator, allowedAgents + [keys.agents.publicKey])
    }

    /// The controllers, on the replica that leads. One that follows is ready without them.
    private func leaderServices(
        _ client: KubernetesClient, _ metrics: MetricsRegistry, _ health: HealthRegistry
    ) -> [any Service] {
        var work = ControllerSet.Configuration()
        work.volcanoPlaces = volcanoPlaces
        let running = RunningControllers()
        let make: @Sendable () -> [any Service] = { [work] in
            let controllers = ControllerSet(
                client: client, metrics: metrics, logger: Logger(label: "controllers"), configuration: work)
            running.replace(with: controllers)
            return controllers.services
        }
        health.add("controllers") { running.areSynced ? nil : "The controllers' caches are not filled yet" }
        guard leaderElect else { return make() }
        let identity = "\(Environment["HOSTNAME"] ?? "coordinator")_\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        return [
            LeaderElection(
                client, key: ObjectKey(namespace: leaseNamespace ?? client.namespace, name: Self.leaseName),
                identity: identity, metrics: metrics, logger: Logger(label: "election"), services: make)
        ]
    }
}

/// The controllers of the term that runs.
private final class RunningControllers: Sendable {
    private let current = Mutex<ControllerSet?>(nil)

    func replace(with controllers: ControllerSet) { current.withLock { $0 = controllers } }

    /// True where none run, as on a replica that follows.
    var areSynced: Bool { current.withLock { $0?.isSynced ?? true } }
}
