import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import Reconciliation
import ServingAPI
import Synchronization

/// The parts that tell ExternalModelProviders whether they can be used, wired.
struct ProviderBridge {
    let informers: [Informer]
    /// Reads Secrets only where there are providers.
    let credentials: LateInformer
    let controller: Controller

    init(_ client: KubernetesClient, metrics: MetricsRegistry, logger: Logger) {
        let providers = Informer(client, .externalModelProvider, isOptional: true, logger: logger)
        let secrets = Informer(client, .secret, labelSelector: ProviderCredential.labelSelector, logger: logger)
        credentials = LateInformer(secrets, after: providers)
        let written = SharedStatuses()
        let controller = Controller("externalmodelprovider", metrics: metrics, logger: logger) { key in
            guard let object = providers[key], !object.isBeingDeleted else { return nil }
            let now = Timestamp(microseconds: WallClock.microseconds)
            let status = ProviderStatusMaker(object: object, now: now).status { secrets[$0] }
            try await written.write(status, to: object, .externalModelProvider, client)
            return nil
        }
        controller.watch(providers)
        controller.watch(secrets) { event in
            let secret = event.object.key
            return providers.objects.filter { provider in
                provider.namespace == secret.namespace
                    && provider.spec[path: "auth", "secretRef", "name"]?.string == secret.name
            }.map(\.key)
        }
        informers = [providers]
        self.controller = controller
    }
}

/// The statuses written by a controller of several workers.
private final class SharedStatuses: Sendable {
    private let statuses = Mutex(WrittenStatuses())

    func write(
        _ status: JSONValue, to object: KubernetesObject, _ kind: ResourceKind, _ writer: any ClusterWriter
    ) async throws {
        guard statuses.withLock({ $0.isNews(status, for: object, of: kind) }) else { return }
        do {
            let result = try await writer.mergeStatus(kind, object.key, status)
            statuses.withLock { $0.didWrite(status, giving: result, of: kind) }
        } catch let error as APIStatus where error.reason == .notFound {
            // It went meanwhile; there is nobody to tell.
            return
        }
    }
}
