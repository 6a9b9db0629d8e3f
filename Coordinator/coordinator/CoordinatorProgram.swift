import AgentLink
import AgentProtocol
import ArgumentParser
import Controllers
import Daemon
import Fleet
import Gateway
import Governance
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import Reconciliation
import RouteCatalog
import Routing
import ServiceLifecycle
import ServingAPI
import SystemFiles

/// Wires the coordinator: the fleet and the gateway on every replica, the controllers beside them.
struct CoordinatorProgram {
    var api: APIClientOptions
    var gateway: ListenAddress
    var admin: ListenAddress
    var linkAddress: String
    var linkKeys: String?
    var linkSecret: String?
    var allowedAgents: [String]
    var gatewayLoops: Int
    var routerConfiguration: String?
    var modelFolder: String?
    var volcanoPlaces: VolcanoPresence.Choice
    var election: ElectionOptions
    var controllers: String
    var workers: Int
    var webhooks: WebhookOptions
    var gatewayOptions: GatewayOptions
    var upstream: UpstreamOptions
    var watch: WatchOptions

    func run() async throws {
        let logger = Logger(label: "coordinator")
        let metrics = MetricsRegistry()
        let health = HealthRegistry()
        Version.publish(in: metrics, component: "coordinator")
        let (client, electionClient) = try api.clients(metrics: metrics)
        let fleet = Fleet()
        FleetMetrics(metrics).follow(fleet, in: metrics)
        let files = ModelFileFetcher()
        let replicas = ReplicaExchange(fleet, replica: .random(in: 0 ... .max))
        let (keys, agents) = try await resolveLinkKeys(client)
        let link = try AgentLinkServer(
            endpoint: linkAddress, keys: keys, allowedAgents: agents,
            metrics: metrics, logger: Logger(label: "link"),
            deliver: { agent, event in
                if case .piece(let piece) = event {
                    files.take(piece, from: agent)
                } else {
                    fleet.apply(event, from: agent)
                    replicas.take(event, from: agent)
                }
            })
        files.open { [weak link] agent, place in link?.ask(agent, for: place) }
        replicas.open { [weak link] agent, work in link?.tell(agent, work) }
        var configuration = GatewayConfiguration(host: gateway.host, port: gateway.port)
        configuration.loops = gatewayLoops
        configuration.modelFolder = modelFolder
        upstream.apply(to: &configuration)
        configuration.upstreamTrustFile = gatewayOptions.upstreamCaFile
        do { configuration.waiting = try WaitingPolicy { Environment[$0] } } catch { throw ValidationError("\(error)") }
        try readShutdownTimes(into: &configuration)
        configuration.redisPassword = Environment["REDIS_PASSWORD"]
        configuration.traces = watch.traceContext
        let logServices = try accessLog(&configuration, metrics)
        let callers = CallerServices(client: client, logger: Logger(label: "callers"))
        let gateway = Gateway(
            configuration, fleet: FleetView(fleet, files: files, replicas: replicas),
            authenticator: callers.authenticator,
            metrics: GatewayMetrics(metrics), logger: Logger(label: "gateway"))
        let feed = RouteFeed(client: client, gateway: gateway, options: gatewayOptions, logger: Logger(label: "routes"))
        let leader = LeaderServices(
            client: client, electionClient: electionClient, configuration: try work(client, gateway), metrics: metrics,
            health: health)
        health.add("ping", live: true) { nil }
        health.add("shutdown") { gateway.isDraining ? "the gateway is shutting down" : nil }
        health.add("routes") { feed.isReady ? nil : "ModelRoutes, ModelServers and Pods are not listed yet" }
        let pages = pages(gateway, feed, fleet)
        let page = AdminServer(
            host: admin.host, port: admin.port, health: health, metrics: metrics, logger: Logger(label: "admin"),
            routes: { DebugPages.add(to: $0, gateway: gateway, fleet: fleet) })
        let base: [any Service] =
            [
                ClientLifetime(client), ClientLifetime(electionClient), page, link, FleetClock(fleet: fleet),
            ] + pages + logServices
        let webhooks = webhooks.services(client, metrics, health)
        let routing =
            try configurationFile(gateway, callers) + certificateFiles(gateway) + feed.informers + [feed]
            + callers.services
        let services = base + routing + webhooks + leader.services(election) + [gateway]
        try await Daemon.run(services, logger: logger)
    }

    /// Sends the access log where the flags say; what has to run for that.
    private func accessLog(
        _ configuration: inout GatewayConfiguration, _ metrics: MetricsRegistry
    ) throws -> [any Service] {
        guard let plan = try watch.accessLogPlan() else { return [] }
        configuration.accessLogFormat = plan.format
        switch plan.output {
        case "stdout": configuration.accessLog = { StandardOutput.write(bytes: $0) }
        case "stderr": configuration.accessLog = { StandardOutput.writeToError(bytes: $0) }
        default:
            let file = try AccessLogFile(plan.output, metrics: metrics, logger: Logger(label: "access-log"))
            configuration.accessLog = { file.write($0) }
            return [file]
        }
        return []
    }

    /// The debug pages, where they are wanted.
    private func pages(_ gateway: Gateway, _ feed: RouteFeed, _ fleet: Fleet) -> [any Service] {
        guard watch.debugPort > 0 else { return [] }
        let dump = ConfigDump(sources: { feed.dumpSources(fleet.snapshot) })
        return [
            DebugServer(
                port: watch.debugPort, dump: dump, logger: Logger(label: "debug"),
                routes: { DebugPages.add(to: $0, gateway: gateway, fleet: fleet) })
        ]
    }

    /// What keeps the gateway equal to the configuration file, which is in force when this returns.
    private func configurationFile(_ gateway: Gateway, _ callers: CallerServices) throws -> [any Service] {
        guard let routerConfiguration else { return [] }
        let file = RouterConfigurationFile(path: routerConfiguration, logger: Logger(label: "policy")) {
            callers.configure($0.auth, $0.sessionAffinity)
            gateway.update(RoutingPolicy($0))
        }
        try file.begin()
        return [file]
    }

    /// How long the gateway takes to end: `DRAIN_TIMEOUT`, as Kthena has it, and `READINESS_GRACE` before it.
    private func readShutdownTimes(into configuration: inout GatewayConfiguration) throws {
        configuration.drainTimeout = .seconds(300)
        for (name, path) in [
            ("DRAIN_TIMEOUT", \GatewayConfiguration.drainTimeout),
            ("READINESS_GRACE", \GatewayConfiguration.readinessGrace),
        ] {
            guard let text = Environment[name] else { continue }
            guard let time = GoDuration.parse(text), time >= .zero else {
                throw ValidationError(
                    "The environment variable \(name) is \(text), which is no time; write it like 90s or 5m")
            }
            configuration[keyPath: path] = time
        }
    }

    /// What keeps the certificate of the gateway's port equal to its files.
    private func certificateFiles(_ gateway: Gateway) throws -> [any Service] {
        guard let certificate = gatewayOptions.tlsCert, let key = gatewayOptions.tlsKey else { return [] }
        let files = CertificateFiles(
            certificate: certificate, key: key, gateway: gateway, logger: Logger(label: "certificate"))
        try files.begin()
        return [files]
    }

    /// This end's keys, and the public keys of the agents that may dial in.
    private func resolveLinkKeys(_ client: KubernetesClient) async throws -> (CurveKeys, [String]) {
        if let linkKeys { return (try CurveKeys.loadOrGenerate(linkKeys), allowedAgents) }
        let secret = LinkSecret(client: client, name: linkSecret ?? "", logger: Logger(label: "link"))
        let keys = try await secret.keys()
        return (keys.coordinator, allowedAgents + [keys.agents.publicKey])
    }

    /// How the controllers work.
    private func work(_ client: KubernetesClient, _ gateway: Gateway) throws -> ControllerSet.Configuration {
        var work = ControllerSet.Configuration()
        guard workers > 0 else { throw ValidationError("--workers must be 1 or more, not \(workers)") }
        work.workers = workers
        do {
            work.selection = try ControllerSelection(controllers, known: ControllerSet.names)
        } catch {
            throw ValidationError("--controllers: \(error)")
        }
        work.volcanoPlaces = volcanoPlaces
        if gatewayOptions.enableGatewayApi {
            work.gateways = GatewayReconciler.Configuration(
                namespace: gatewayOptions.gatewayNamespace ?? client.namespace, port: self.gateway.port,
                hasInference: gatewayOptions.enableGatewayApiInferenceExtension,
                portProblem: { gateway.listenProblem($0) }, certificateProblem: ServerIdentity.problem)
        }
        return work
    }
}
