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

/// Wires the coordinator: the fleet and the gateway on every replica, the controllers beside them.
struct CoordinatorProgram {
    var kubeconfig: String?
    var gateway: ListenAddress
    var admin: ListenAddress
    var linkAddress: String
    var linkKeys: String
    var allowedAgents: [String]
    var gatewayLoops: Int
    var volcanoPlaces: Bool

    func run() async throws {
        let logger = Logger(label: "coordinator")
        let metrics = MetricsRegistry()
        let health = HealthRegistry()
        Version.publish(in: metrics, component: "coordinator")
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: kubeconfig), logger: Logger(label: "kubernetes"))
        let fleet = Fleet()
        let link = try AgentLinkServer(
            endpoint: linkAddress, keys: CurveKeys.loadOrGenerate(linkKeys), allowedAgents: allowedAgents,
            metrics: metrics, logger: Logger(label: "link"),
            deliver: { agent, event in fleet.apply(event, from: agent) })
        var configuration = GatewayConfiguration(host: gateway.host, port: gateway.port)
        configuration.loops = gatewayLoops
        configuration.accessLog = { StandardOutput.write(bytes: $0) }
        let gateway = Gateway(
            configuration, fleet: FleetView(fleet), metrics: GatewayMetrics(metrics), logger: Logger(label: "gateway"))
        let feed = RouteFeed(client: client, gateway: gateway, logger: Logger(label: "routes"))
        var work = ControllerSet.Configuration()
        if volcanoPlaces { work.schedulerNames.remove(Keys.volcanoScheduler) }
        let controllers = ControllerSet(
            client: client, metrics: metrics, logger: Logger(label: "controllers"), configuration: work)
        health.add("ping", live: true) { nil }
        health.add("routes") { feed.isSynced ? nil : "ModelRoutes, ModelServers and Pods are not listed yet" }
        health.add("controllers") { controllers.isSynced ? nil : "The controllers' caches are not filled yet" }
        let page = AdminServer(
            host: admin.host, port: admin.port, health: health, metrics: metrics, logger: Logger(label: "admin"),
            routes: { DebugPages.add(to: $0, gateway: gateway, fleet: fleet) })
        let base: [any Service] = [ClientLifetime(client), page, link, FleetClock(fleet: fleet)]
        let services = base + feed.informers + [feed] + controllers.services + [gateway]
        try await Daemon.run(services, logger: logger)
    }
}
