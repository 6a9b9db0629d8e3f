import AgentLink
import AgentProtocol
import Daemon
import Engines
import Hardware
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ProcessRuntime
import ServiceLifecycle
import SystemFiles
import Topology

/// Wires the agent: the node's facts, its engines, the link to the coordinators, and in standalone mode the runtime.
struct AgentProgram {
    var flags: Agent

    func run() async throws {
        let logger = Logger(label: "agent")
        let metrics = MetricsRegistry()
        let health = HealthRegistry()
        Version.publish(in: metrics, component: "agent")
        let address = try ListenAddress(flags.httpAddress, flag: "--http-address")
        let topology = try HardwareProbe.live()
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: flags.kubeconfig), logger: Logger(label: "kubernetes"))
        let nodes = try declaredNodes(topology)
        let nodeName = nodes?.nodes.first?.name ?? flags.nodeName ?? Environment["NODE_NAME"] ?? ""
        guard !nodeName.isEmpty else {
            throw StartupError("The node's name is not known; set NODE_NAME or --node-name, or use --standalone")
        }
        let reports = ReportRelay()
        let models = ModelCatalogue(
            hostRoot: flags.standalone ? "" : flags.hostRoot,
            home: flags.standalone ? Environment["HOME"] ?? "/" : "/root", logger: Logger(label: "models"))
        let engines = EngineMonitor(
            models: models, metrics: metrics, logger: Logger(label: "engines"), report: { reports.send($0) })
        let links = try makeLinks(nodeName, engines, models, metrics)
        reports.open { links.send($0) }
        let events = EventRecorder(client, component: "martlet-agent", logger: logger)
        let runtime = try nodes.map { try makeRuntime($0, PodReports(client: client, events: events), metrics) }
        let feed = PodFeed(
            client: client, nodes: nodes?.nodes.map(\.name) ?? [nodeName], runtime: runtime, engines: engines,
            logger: Logger(label: "pods"))
        addHealth(health, feed, links)
        let nvidia = try VendorMonitor(vendor: .nvidia, logger: Logger(label: "devices")) { wake in
            var configuration = NVMLSession.Configuration()
            configuration.wake = wake
            return NVMLSession(configuration)
        }
        let pages = NodePages(topology: topology, nodes: nodes?.nodes.map(\.name) ?? [nodeName], monitors: [nvidia])
        let admin = AdminServer(
            host: address.host, port: address.port, health: health, metrics: metrics, logger: Logger(label: "admin"),
            routes: { routes in
                pages.add(to: routes)
                EnginePages.add(to: routes, engines: engines)
                if let runtime { LogPages.add(to: routes, runtime: runtime, tokenFile: flags.tokenFile) }
            })
        var services: [any Service] = [ClientLifetime(client), admin, events, nvidia]
        if let runtime { services.append(runtime) }
        services += feed.informers + [links, engines, feed]
        if let nodes {
            services.append(
                NodeRegistration(client: client, nodes: nodes.nodes, port: address.port, logger: logger))
        }
        if let runtime, flags.stopPodsOnExit { services.append(StopPods(runtime: runtime, feed: feed)) }
        try await Daemon.run(services, logger: logger)
    }

    private func makeLinks(
        _ nodeName: String, _ engines: EngineMonitor, _ models: ModelCatalogue, _ metrics: MetricsRegistry
    ) throws -> CoordinatorLinks {
        let description = AgentDescription(
            id: AgentID(nodeName), epoch: AgentLinkClient.newEpoch(), version: Version.number,
            isStandalone: flags.standalone)
        let keys = try CurveKeys.loadOrGenerate(flags.linkKeys)
        let coordinatorKey = flags.coordinatorKey
        guard CurveKeys.isKey(coordinatorKey) else { throw LinkError.badKey(name: "--coordinator-key") }
        let logger = Logger(label: "link")
        let relay = WorkRelay()
        return try CoordinatorLinks(flags.coordinators, logger: logger) { endpoint throws(LinkError) in
            try AgentLinkClient(
                description, endpoints: [endpoint], coordinatorKey: coordinatorKey, keys: keys, metrics: metrics,
                logger: logger, relay: relay, snapshot: { engines.snapshot }, piece: { models.piece($0) })
        }
    }

    private func declaredNodes(_ topology: NodeTopology) throws -> StandaloneConfiguration? {
        guard flags.standalone else { return nil }
        guard let path = flags.standaloneConfig else { return StandaloneConfiguration(machine: topology) }
        return try StandaloneConfiguration(try Files.text(path), source: path)
    }

    private func makeRuntime(
        _ nodes: StandaloneConfiguration, _ reports: PodReports, _ metrics: MetricsRegistry
    ) throws -> ProcessRuntime {
        let program = try Files.target(ofLink: "/proc/self/exe")
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var configuration = RuntimeConfiguration(
            stateDirectory: flags.stateDir ?? "", programDirectory: folder.joined(separator: "/"))
        configuration.imageMapPath = flags.imageMap
        return try ProcessRuntime(
            configuration, callbacks: reports.callbacks, metrics: metrics,
            logger: Logger(label: "runtime"))
    }

    private func addHealth(_ health: HealthRegistry, _ feed: PodFeed, _ links: CoordinatorLinks) {
        health.add("ping", live: true) { nil }
        health.add("pods") { feed.isSynced ? nil : "The pods of this node are not listed yet" }
        health.add("link") { links.connectedCount > 0 ? nil : "No coordinator is connected" }
    }
}
