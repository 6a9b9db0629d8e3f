import Daemon
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The HTTPS server of the webhooks; starts when there is a certificate.
final class WebhookServer: Service {
    /// More connections than this wait to be accepted. Each API server holds a few.
    static let connectionsMax = 1_000
    /// A connection on which nothing is asked for so long is closed.
    static let idleTimeout = TimeAmount.seconds(120)

    private let configuration: WebhookConfiguration
    private let identity: LiveIdentity
    private let responder: WebhookResponder
    private let logger: Logger
    private let onReady: @Sendable (Int) -> Void
    private let listening = Mutex(false)

    init(
        _ configuration: WebhookConfiguration, identity: LiveIdentity, metrics: WebhookMetrics, logger: Logger,
        onReady: @escaping @Sendable (Int) -> Void
    ) {
        self.configuration = configuration
        self.identity = identity
        self.logger = logger
        self.onReady = onReady
        responder = WebhookResponder(timeout: configuration.requestTimeout, metrics: metrics, logger: logger)
    }

    var isListening: Bool { listening.withLock { $0 } }

    func run() async throws {
        await cancelWhenGracefulShutdown { [identity] in await identity.waitUntilReady() }
        guard let tls = identity.serverConfiguration() else { return }
        // The server's own lines say nothing an operator acts on.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let application = Application(
            responder: responder,
            server: try .tls(.http1(configuration: .init(idleTimeout: Self.idleTimeout)), tlsConfiguration: tls),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
            onServerRunning: { [self] channel in
                let port = channel.localAddress?.port ?? configuration.port
                listening.withLock { $0 = true }
                logger.info("Serving webhooks", metadata: ["address": "\(configuration.host):\(port)"])
                onReady(port)
            }, logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == addressInUse {
            throw StartupError.addressInUse(
                what: "the webhook port", host: configuration.host, port: configuration.port)
        }
    }
}
