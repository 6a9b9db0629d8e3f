import GatewayAPI
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import Reconciliation
import ServingAPI

/// The parts that look after the Gateway API, wired: idle while the cluster does not serve it.
struct GatewayBridge {
    /// There is one round at a time, over everything.
    private static let everything = ObjectKey(namespace: "", name: "gateways")

    let informers: [Informer]
    let controller: Controller

    init(
        _ client: KubernetesClient, _ configuration: GatewayReconciler.Configuration, metrics: MetricsRegistry,
        logger: Logger
    ) {
        let classes = Informer(client, .gatewayClass, isOptional: true, logger: logger)
        let gateways = Informer(client, .gateway, isOptional: true, logger: logger)
        let namespaces = Informer(client, .namespace, logger: logger)
        let modelRoutes = Informer(client, .modelRoute, logger: logger)
        let secrets = Informer(client, .secret, fieldSelector: CertificateSources.fieldSelector, logger: logger)
        let grants = Informer(client, .referenceGrant, isOptional: true, logger: logger)
        var informers = [classes, gateways, namespaces, modelRoutes, secrets, grants]
        var routes: (Informer, Informer)?
        if configuration.hasInference {
            let (httpRoutes, pools) = (
                Informer(client, .httpRoute, isOptional: true, logger: logger),
                Informer(client, .inferencePool, isOptional: true, logger: logger)
            )
            routes = (httpRoutes, pools)
            informers += [httpRoutes, pools]
        }
        let reconciler = GatewayReconciler(
            writer: client, configuration: configuration,
            objects: { [routes] in
                GatewayReconciler.Objects(
                    classes: classes.isServed ? classes.objects : nil,
                    gateways: gateways.isServed ? gateways.objects : nil, namespaces: namespaces.objects,
                    httpRoutes: routes?.0.objects ?? [], pools: routes?.1.objects ?? [],
                    modelRoutes: modelRoutes.objects, secrets: secrets.objects, grants: grants.objects)
            }, now: { Timestamp(microseconds: WallClock.microseconds) }, logger: logger)
        let controller = Controller("gatewayapi", metrics: metrics, logger: logger) { _ in
            try await reconciler.reconcile()
        }
        for informer in informers { controller.watch(informer) { _ in [Self.everything] } }
        // A kind that comes without objects has to be noticed too.
        for informer in [classes, gateways] {
            informer.onServedChange { [controller] _ in controller.enqueue(Self.everything) }
        }
        self.informers = informers
        self.controller = controller
    }
}
