import Gateway
import KubernetesAPI
import KubernetesClient
import Logging
import RouteCatalog
import ServiceLifecycle
import ServingAPI
import Synchronization

/// Keeps the gateway's route table equal to the routes, their targets and the pods of the cluster, on every replica.
final class RouteFeed: Service {
    /// Changes closer together than this become one new table.
    static let settleTime = Duration.milliseconds(20)

    let routes: Informer
    let servers: Informer
    let pods: Informer
    private let providers: Informer
    private let secrets: Informer
    private let gateways: GatewayInformers?
    private let fabric: FabricFeed
    private let gateway: Gateway
    private let logger: Logger
    /// Problems that were logged already.
    private let known = Mutex<Set<RouteCatalog.Problem>>([])
    private let ready = Mutex(ReadyPods())
    private let hasTable = Atomic(false)
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(client: KubernetesClient, gateway: Gateway, options: GatewayOptions, logger: Logger) {
        routes = Informer(client, .modelRoute, logger: logger)
        servers = Informer(client, .modelServer, logger: logger)
        pods = Informer(client, .pod, keeping: ReadyPods.excerpt, logger: logger)
        providers = Informer(client, .externalModelProvider, isOptional: true, logger: logger)
        secrets = Informer(client, .secret, labelSelector: ProviderCredential.labelSelector, logger: logger)
        gateways =
            options.enableGatewayApi
            ? GatewayInformers(client, hasInference: options.enableGatewayApiInferenceExtension, logger: logger) : nil
        fabric = FabricFeed(client, logger: logger)
        self.gateway = gateway
        self.logger = logger
        // One pending note is enough: the table is rebuilt from everything that matters to it.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for informer in all where informer !== pods { informer.onChange { [changed] _ in changed.yield() } }
        for informer in gateways?.optional ?? [] { informer.onServedChange { [changed] _ in changed.yield() } }
        pods.onChange { [weak self] in self?.take($0) }
        fabric.onChange { [changed] in changed.yield() }
    }

    private var all: [Informer] { [routes, servers, pods, providers, secrets] + (gateways?.all ?? []) }

    var informers: [any Service] { all + fabric.informers }

    private var isSynced: Bool { all.allSatisfy(\.isSynced) }

    /// The gateway has its first table.
    var isReady: Bool { hasTable.load(ordering: .relaxed) }

    func run() async throws {
        for informer in all { await informer.waitUntilSynced() }
        // Not so when the process stops first.
        guard isSynced else { return }
        rebuild()
        hasTable.store(true, ordering: .relaxed)
        for await _ in changes.cancelOnGracefulShutdown() {
            rebuild()
            try? await Task.sleep(for: Self.settleTime)
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
                providers: providers.objects, secrets: secrets.objects, gateways: gateways?.sources,
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
        gateway.update(catalog.table)
    }
}
