package import KubernetesClient
package import Logging
package import Observability
package import ServiceLifecycle

/// The webhooks of one replica: the HTTPS server and the keeper of its certificate. Every replica runs them; none needs
/// to lead.
package struct Webhooks: Sendable {
    private let keeper: CertificateKeeper
    private let server: WebhookServer

    /// `onReady` gets the port bound.
    package init(
        _ client: KubernetesClient, _ configuration: WebhookConfiguration, metrics: MetricsRegistry, logger: Logger,
        onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.init(
            client, configuration, store: CertificateStore(client, configuration), metrics: metrics, logger: logger,
            onReady: onReady)
    }

    init(
        _ client: KubernetesClient, _ configuration: WebhookConfiguration, store: CertificateStore,
        metrics: MetricsRegistry, logger: Logger, onReady: @escaping @Sendable (Int) -> Void
    ) {
        let identity = LiveIdentity()
        let instruments = WebhookMetrics(metrics)
        keeper = CertificateKeeper(
            client, configuration, store: store, identity: identity, metrics: instruments, logger: logger)
        server = WebhookServer(
            configuration, identity: identity, metrics: instruments, logger: logger, onReady: onReady)
    }

    /// In the order of dependence.
    package var services: [any Service] { [keeper, server] }

    /// Why webhooks cannot be answered; nil when they can.
    package var problem: String? {
        keeper.problem ?? (server.isListening ? nil : "The webhook server is not listening yet")
    }
}
