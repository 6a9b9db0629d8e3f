/// Where the webhooks listen, what their certificate is for and where it is kept.
package struct WebhookConfiguration: Sendable {
    /// The Service of Kthena's router webhooks, which leads to this server too.
    private static let routerServiceName = "kthena-router-webhook"

    package var host = "0.0.0.0"
    /// 0 takes a free one.
    package var port = 8_443
    /// The namespace of the Secret and of the Services.
    package var namespace: String
    package var secretName = "kthena-controller-manager-webhook-certs"
    package var serviceName = "kthena-controller-manager-webhook"
    /// Used where there is no Secret; watched for changes. `ca.crt` beside them is the authority.
    package var certificateFile = "/etc/tls/tls.crt"
    package var keyFile = "/etc/tls/tls.key"
    /// From the head of a request to the end of its body.
    package var requestTimeout = Duration.seconds(30)
    /// How often files and due dates are looked at; changes in the cluster are seen at once.
    package var tick = Duration.seconds(5)

    package init(namespace: String) { self.namespace = namespace }

    /// The names an API server may call, for the certificate.
    var hostNames: [String] {
        [serviceName, Self.routerServiceName].flatMap { service in
            ["\(service).\(namespace).svc", "\(service).\(namespace)", "\(service).\(namespace).svc.cluster.local"]
        } + ["localhost"]
    }

    /// The names and addresses as a certificate states them.
    var alternatives: [String] { hostNames.map { "DNS:\($0)" } + ["IP:127.0.0.1"] }
}
