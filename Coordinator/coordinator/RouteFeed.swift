import Fleet
import Gateway
import KubernetesAPI
import KubernetesClient
import Logging
import RouteCatalog
import Routing
import ServiceLifecycle
import ServingAPI
import Synchronization

/// Keeps the gateway's route table equal to the routes, their targets and the pods of the cluster, on every replica.
final class RouteFeed: Service {
    /// Changes closer together than this become one new table.
    static let settleTime = Duration.milliseconds(20)
    /// How long the first table waits for the Secrets of providers.
    static let secretsWait = Duration.seconds(2)

    let routes: Informer
    let servers: Informer
    let pods: Informer
    private let providers: Informer
    private let secrets: LateInformer
    private let gateways: GatewayInformers?
    private let fabric: FabricFeed
    private let gateway: Gateway
    private let logger: Logger
    /// Problems that were logged already.
    private let known = Mutex<Set<RouteCatalog.Problem>>([])
    private let ready = Mutex(ReadyPods())
    private let table = Mutex(RouteTable())
    private let hasTable = Atomic(false)
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(client: KubernetesClient, gateway: Gateway, options: GatewayOptions, logger: Logger) {
        routes = Informer(client, .modelRoute, logger: logger)
        servers = Informer(client, .modelServer, logger: logger)
        pods = Informer(client, .pod, keeping: ReadyPods.excerpt, logger: logger)
        providers = Informer(client, .externalModelProvider, isOptional: true, logger: logger)
        secrets = LateInformer(
            Informer(client, .secret, labelSelector: ProviderCredential.labelSelector, logger: logger),
            after: providers)
        gateways =
            options.enableGatewayApi
            ? GatewayInformers(client, hasInference: options.enableGatewayApiInferenceExtension, logger: logger) : nil
        fabric = FabricFeed(client, logger: logger)
        self.gateway = gateway
        self.logger = logger
        // One pending note is enough: the table is rebuilt from everything that matters to it.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for informer in all + [secrets.informer] where informer !== pods {
            informer.onChange { [changed] _ in changed.yield() }
        }
        for informer in gateways?.optional ?? [] { informer.onServedChange { [changed] _ in changed.yield() } }
        pods.onChange { [weak self] in self?.take($0) }
        fabric.onChange { [changed] in changed.yield() }
    }

    /// Those that a table waits for.
    private var all: [Informer] { [routes, servers, pods, providers] + (gateways?.all ?? []) }

    var informers: [any Service] { (all as [any Service]) + [secrets] + fabric.informers }

    private var isSynced: Bool { all.allSatisfy(\.isSynced) }

    /// What the gateway goes by, for the debug pages.
    func dumpSources(_ fleet: FleetSnapshot) -> ConfigDump.Sources {
        let sources = gateways?.sources
        return ConfigDump.Sources(
            routes: routes.objects, servers: servers.objects,
            pods: Dictionary(pods.objects.map { ($0.key, $0) }, uniquingKeysWith: { $1 }),
            gateways: sources?.gateways ?? [], httpRoutes: sources?.httpRoutes ?? [], pools: sources?.pools ?? [],
            table: table.withLock { $0 }, fleet: fleet)
    }

    /// The gateway has its first table.
    var isReady: Bool { hasTable.load(ordering: .relaxed) }

    func run() async throws {
        for informer in all { await informer.waitUntilSynced() }
        // Not so when the process stops first.
        guard isSynced else { return }
        await waitForSecrets()
        rebuild()
        hasTable.store(true, ordering: .relaxed)
        for await _ in changes.cancelOnGracefulShutdown() {
            rebuild()
            try? await Task.sleep(for: Self.settleTime)
        }
    }

    /// Providers need their credentials; but where those cannot be had, everything else is served all the same.
    private func waitForSecrets() async {
        guard !providers.objects.isEmpty else { return }
        let secrets = self.secrets.informer
        await withTaskGroup { group in
            group.addTask { await secrets.waitUntilSynced() }
            group.addTask { try? await Task.sleep(for: Self.secretsWait) }
            await group.next()
            group.cancelAll()
        }
        if !secrets.isSynced {
            logger.warning("Serving without credentials of ExternalModelProviders: their Secrets cannot be read yet")
        }
    }

    private func take(_ event: InformerEvent) {
        let matters = ready.withLock { ready in
            if case .deleted(let object) = event { ready.remove(object.key) } else { ready.put(Pod(event.object)) }
        }
        if matters { changed.yield() }
    }

    private func rebuild() {
        let catalog = RouteCatalog.build(
            RouteSources(
                routes: routes.objects, servers: servers.objects, pods: ready.withLock { $0 },
                providers: providers.objects, secrets: secrets.informer.objects, gateways: gateways?.sources,
                domains: fabric.domains))
        for problem in known.withLock({ known in
            defer { known = Set(catalog.problems) }
            return catalog.problems.filter { !known.contains($0) }
        }) {
            logger.warning(
                "Ignoring \(problem.kind) that cannot be used",
                metadata: ["object": "\(problem.key)", "problem": .string(problem.sentence)])
        }
        gateway.limit(catalog.limits)
        table.withLock { $0 = catalog.table }
        gateway.update(catalog.table)
    }
}
