import Admission
import ArgumentParser
import Daemon
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle

/// The flags of the admission webhooks, under the names of Kthena's controller manager.
struct WebhookOptions: ParsableArguments {
    @Option(help: "Serve the admission webhooks: true or false.")
    var enableWebhook = true

    @Option(help: "Address the webhooks listen on.")
    var webhookHost = "0.0.0.0"

    @Option(name: .customLong("port"), help: "Port the webhooks listen on.")
    var webhookPort = 8_443

    @Option(help: "Seconds a webhook request may take.")
    var webhookTimeout = 30

    @Option(help: "Certificate of the webhooks, where the Secret is missing; ca.crt beside it is its authority.")
    var tlsCertFile = "/etc/tls/tls.crt"

    @Option(help: "Private key of that certificate.")
    var tlsPrivateKeyFile = "/etc/tls/tls.key"

    @Option(help: "Secret with the webhooks' certificate; made when it is missing and there are no files.")
    var certSecretName = "kthena-controller-manager-webhook-certs"

    @Option(help: "Service that leads the API server to the webhooks; the certificate is for its name.")
    var serviceName = "kthena-controller-manager-webhook"

    @Option(help: "Namespace of that Secret and Service (default: the service account's, else that of the kubeconfig).")
    var webhookNamespace: String?

    func validate() throws {
        guard (0...65_535).contains(webhookPort) else { throw ValidationError("--port must be from 0 to 65535") }
        guard (1...3_600).contains(webhookTimeout) else {
            throw ValidationError("--webhook-timeout must be from 1 to 3600 seconds")
        }
    }

    /// The services of the webhooks, none where they are off; adds their health check.
    func services(_ client: KubernetesClient, _ metrics: MetricsRegistry, _ health: HealthRegistry) -> [any Service] {
        guard enableWebhook else { return [] }
        var configuration = WebhookConfiguration(namespace: webhookNamespace ?? client.namespace)
        configuration.host = webhookHost
        configuration.port = webhookPort
        configuration.requestTimeout = .seconds(webhookTimeout)
        configuration.certificateFile = tlsCertFile
        configuration.keyFile = tlsPrivateKeyFile
        configuration.secretName = certSecretName
        configuration.serviceName = serviceName
        let webhooks = Webhooks(client, configuration, metrics: metrics, logger: Logger(label: "webhooks"))
        health.add("webhooks") { webhooks.problem }
        return webhooks.services
    }
}
