package import GatewayAPI
package import KubernetesAPI
package import Routing

/// Everything of a cluster that a table is built from.
package struct RouteSources: Sendable {
    /// What the Gateway API adds.
    package struct Gateways: Sendable {
        package var classes: [KubernetesObject]
        package var gateways: [KubernetesObject]
        package var namespaces: [KubernetesObject]
        /// Empty without the inference extension.
        package var httpRoutes: [KubernetesObject]
        package var pools: [KubernetesObject]
        package var certificates: CertificateSources
        /// What namespaces let others name in them.
        package var grants: ReferenceGrants

        package init(
            classes: [KubernetesObject], gateways: [KubernetesObject], namespaces: [KubernetesObject] = [],
            httpRoutes: [KubernetesObject] = [], pools: [KubernetesObject] = [],
            certificates: CertificateSources = CertificateSources(), grants: ReferenceGrants = ReferenceGrants()
        ) {
            self.classes = classes
            self.gateways = gateways
            self.namespaces = namespaces
            self.httpRoutes = httpRoutes
            self.pools = pools
            self.grants = grants
            self.certificates = certificates
        }
    }

    package var routes: [KubernetesObject]
    package var servers: [KubernetesObject]
    package var pods: ReadyPods
    package var providers: [KubernetesObject]
    /// Those that may hold credentials of providers.
    package var secrets: [KubernetesObject]
    /// Nil where the Gateway API is off or not installed.
    package var gateways: Gateways?
    /// The parts of the fabric that each node is in, by its name.
    package var domains: [String: [Endpoint.Domain]]

    package init(
        routes: [KubernetesObject], servers: [KubernetesObject], pods: ReadyPods, providers: [KubernetesObject] = [],
        secrets: [KubernetesObject] = [], gateways: Gateways? = nil,
        domains: [String: [Endpoint.Domain]] = [:]
    ) {
        self.routes = routes
        self.servers = servers
        self.pods = pods
        self.providers = providers
        self.secrets = secrets
        self.gateways = gateways
        self.domains = domains
    }
}
