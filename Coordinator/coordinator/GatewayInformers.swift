import Gateway
import GatewayAPI
import KubernetesAPI
import KubernetesClient
import Logging
import RouteCatalog

/// What the routes of Gateways are read from.
struct GatewayInformers {
    private let classes: Informer
    private let gateways: Informer
    private let namespaces: Informer
    private let httpRoutes: Informer?
    private let pools: Informer?
    private let secrets: Informer
    private let grants: Informer

    init(_ client: KubernetesClient, hasInference: Bool, logger: Logger) {
        classes = Informer(client, .gatewayClass, isOptional: true, logger: logger)
        gateways = Informer(client, .gateway, isOptional: true, logger: logger)
        namespaces = Informer(client, .namespace, logger: logger)
        httpRoutes = hasInference ? Informer(client, .httpRoute, isOptional: true, logger: logger) : nil
        pools = hasInference ? Informer(client, .inferencePool, isOptional: true, logger: logger) : nil
        secrets = Informer(client, .secret, fieldSelector: CertificateSources.fieldSelector, logger: logger)
        grants = Informer(client, .referenceGrant, isOptional: true, logger: logger)
    }

    var all: [Informer] { [classes, gateways, namespaces, secrets, grants] + [httpRoutes, pools].compactMap(\.self) }

    /// Kinds that come and go with their definitions.
    var optional: [Informer] { [classes, gateways, grants] + [httpRoutes, pools].compactMap(\.self) }

    /// Nil where the cluster has no Gateways, so that every route is served on the router's own port.
    var sources: RouteSources.Gateways? {
        guard gateways.isServed else { return nil }
        let given = ReferenceGrants(grants.objects)
        return RouteSources.Gateways(
            classes: classes.objects, gateways: gateways.objects, namespaces: namespaces.objects,
            httpRoutes: httpRoutes?.objects ?? [], pools: pools?.objects ?? [],
            certificates: CertificateSources(
                secrets: secrets.objects, grants: given, problem: ServerIdentity.problem), grants: given)
    }
}
