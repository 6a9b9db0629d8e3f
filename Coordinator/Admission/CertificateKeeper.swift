import Certificates
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle
import Synchronization

/// Keeps the served certificate fresh and its authority in the webhook configurations, on every replica.
///
/// 1. A certificate that is served stays until a new one can be: no failure takes the webhooks away.
/// 2. A configuration that lost our authority, or never had it, gets it as soon as its change is seen.
/// 3. Where nothing changes nothing is written, and nothing is read but the two files.
final class CertificateKeeper: Service {
    /// Certificates are looked at this often, besides at every change: renewal is due weeks ahead.
    private static let review = Duration.seconds(3_600)

    private struct State {
        /// Something in the cluster changed since the last look.
        var isDirty = true
        var failure: String?
        var paces: [String: RepairPace] = [:]
    }

    private let client: KubernetesClient
    private let store: CertificateStore
    private let identity: LiveIdentity
    private let tick: Duration
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let secrets: Informer
    private let configurations: [Informer]
    private let start = ContinuousClock.now
    private let state = Mutex(State())
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(
        _ client: KubernetesClient, _ configuration: WebhookConfiguration, store: CertificateStore,
        identity: LiveIdentity, metrics: WebhookMetrics, logger: Logger
    ) {
        self.client = client
        self.store = store
        self.identity = identity
        self.metrics = metrics
        self.logger = logger
        tick = configuration.tick
        // Watched one by one by name: no right to read any other Secret is needed.
        secrets = Informer(
            client, .secret, namespace: configuration.namespace,
            fieldSelector: "metadata.name=\(configuration.secretName)", logger: logger)
        configurations = WebhookEndpoint.configurations.map { kind, name in
            Informer(client, kind, fieldSelector: "metadata.name=\(name)", logger: logger)
        }
        // One pending note is enough: every look is at everything.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for informer in [secrets] + configurations { informer.onChange { [self] _ in note() } }
    }

    /// Why there is no certificate yet; nil once there is one.
    var problem: String? {
        if identity.isReady { return nil }
        return state.withLock { $0.failure } ?? "The certificate of the webhooks is not there yet"
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                for informer in [secrets] + configurations { group.addTask { try? await informer.run() } }
                group.addTask { await self.wakeRegularly() }
                group.addTask { await self.keep() }
            }
        }
    }

    private func note() {
        state.withLock { $0.isDirty = true }
        changed.yield()
    }

    private func wakeRegularly() async {
        while (try? await Task.sleep(for: tick)) != nil { changed.yield() }
    }

    private func keep() async {
        var backoff = Backoff(first: .milliseconds(500), max: .seconds(60))
        var due = ContinuousClock.now
        var material: CertificateStore.Material?
        changed.yield()
        for await _ in changes {
            let isDirty = state.withLock { state in
                defer { state.isDirty = false }
                return state.isDirty
            }
            guard isDirty || ContinuousClock.now >= due || material?.source == .files else { continue }
            do {
                material = try await look()
                backoff.reset()
                due = ContinuousClock.now + Self.review
            } catch {
                if Task.isCancelled { return }
                due = ContinuousClock.now + backoff.next(random: .random(in: 0..<1))
                state.withLock { $0.failure = "\(error)" }
                logger.warning("Could not keep the webhooks' certificate, trying again", metadata: ["err": "\(error)"])
            }
        }
    }

    /// Takes the certificate that is due and puts configurations right that differ.
    private func look() async throws -> CertificateStore.Material {
        let material = try await store.material(now: WallClock.microseconds / 1_000_000)
        if identity.identity != material.server {
            try identity.set(material.server)
            let end = (try? Certificate(pem: material.server.certificate))?.notAfter ?? 0
            metrics.expires(at: end)
            logger.info(
                "Loaded the webhooks' certificate",
                metadata: [
                    "source": "\(material.source)", "expires": "\(Timestamp(microseconds: end * 1_000_000))",
                ])
        }
        guard !material.authorities.isEmpty else { return material }
        for configuration in configurations.flatMap(\.objects) {
            try await repair(configuration, authorities: material.authorities)
        }
        return material
    }

    private func repair(_ configuration: KubernetesObject, authorities: [UInt8]) async throws {
        guard let patch = AuthorityPatch.patch(configuration, authorities: authorities),
            let kind = WebhookEndpoint.configurations.first(where: { $0.name == configuration.name })?.kind
        else { return }
        let now = ContinuousClock.now - start
        let isAllowed = state.withLock { $0.paces[configuration.name, default: RepairPace()].allows(at: now) }
        guard isAllowed else {
            // Looked at again at the next tick.
            state.withLock { $0.isDirty = true }
            return
        }
        do {
            _ = try await client.patch(kind, name: configuration.name, .json(patch))
            metrics.repaired(configuration.name)
            logger.info(
                "Wrote the authority into the webhook configuration", metadata: ["name": "\(configuration.name)"])
        } catch let status as APIStatus where [404, 409, 422].contains(status.code) {
            // It changed or went meanwhile: the informer brings what it is now.
            logger.debug("Webhook configuration changed meanwhile", metadata: ["name": "\(configuration.name)"])
        }
    }
}
