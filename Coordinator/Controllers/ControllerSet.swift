import KubernetesAPI
package import KubernetesClient
package import Logging
package import Observability
package import Reconciliation
import ServingAPI
package import ServiceLifecycle

/// The controllers of the coordinator's leader and the informers they read.
package final class ControllerSet: Sendable {
    /// How the controllers work.
    package struct Configuration: Sendable {
        /// ModelServings reconciled at once.
        package var workers = 5
        /// The controllers that run.
        package var selection = ControllerSelection.everything
        /// Pods of these `schedulerName`s are placed and bound here, and those of Volcano where it does not.
        package var schedulerNames: Set<String> = ["martlet"]
        /// Who decides whether Volcano places the pods that name it.
        package var volcanoPlaces = VolcanoPresence.Choice.automatic
        /// Looks after the Gateway API; nil where it is off.
        package var gateways: GatewayReconciler.Configuration?

        package init() {}
    }

    /// What placement is keyed by: there is one round at a time, for the whole cluster.
    private static let everything = ObjectKey(namespace: "", name: "cluster")

    /// What a selection of controllers may name: those here, and Kthena's that have no work here.
    package static let names = [
        "modelserving", "podplacement", "leaderworkerset", "modelbooster", "autoscaler", "gatewayapi",
        "externalmodelprovider",
    ]

    private let informers: [Informer]
    private let providers: ProviderBridge
    private let events: [EventRecorder]
    private let controllers: [Controller]

    package init(
        client: KubernetesClient, metrics: MetricsRegistry, logger: Logger,
        configuration: Configuration = Configuration()
    ) {
        let servings = Informer(client, .modelServing, logger: logger)
        let pods = Informer(client, .pod, logger: logger)
        let services = Informer(client, .service, labelSelector: Keys.Label.name, logger: logger)
        let revisions = Informer(client, .controllerRevision, labelSelector: Keys.Label.name, logger: logger)
        let nodes = Informer(client, .node, logger: logger)
        let hyperNodes = Informer(client, .hyperNode, isOptional: true, logger: logger)
        let podGroups = Informer(
            client, .podGroup, labelSelector: Keys.Label.groupName, isOptional: true, logger: logger)
        let podGroupDefinition = Informer(
            client, .customResourceDefinition, fieldSelector: "metadata.name=\(PodGroupSchema.definition)",
            logger: logger)
        let volcano = VolcanoPresence(configuration.volcanoPlaces)
        let bridge = LeaderWorkerSetBridge(client, servings: servings, metrics: metrics, logger: logger)
        let gateways = configuration.gateways.map { GatewayBridge(client, $0, metrics: metrics, logger: logger) }
        providers = ProviderBridge(client, metrics: metrics, logger: logger)
        informers =
            [servings, pods, services, revisions, nodes, hyperNodes, podGroups, podGroupDefinition, bridge.sets]
            + (gateways?.informers ?? []) + providers.informers

        let servingEvents = EventRecorder(client, component: "modelserving-controller", logger: logger)
        let placementEvents = EventRecorder(client, component: "martlet-placement", logger: logger)
        events = [servingEvents, placementEvents, bridge.events]

        let reconciler = ModelServingReconciler(
            writer: client, volcano: volcano,
            announce: { object, reason, message in
                servingEvents.record(.normal, on: object, reason: reason, message: message)
            }, now: { Timestamp(microseconds: WallClock.microseconds) }, logger: logger)
        let modelServing = Controller(
            "modelserving", workers: configuration.workers, metrics: metrics, logger: logger
        ) { try await reconciler.reconcile($0) }
        for informer in [servings, pods, services, revisions, podGroups] {
            modelServing.watch(informer) { event in reconciler.observe(event).map { [$0] } ?? [] }
        }
        modelServing.watch(podGroupDefinition) { volcano.observe($0) ? reconciler.keysForVolcano : [] }

        let placer = PodPlacer(
            writer: client,
            schedulerNames: { [names = configuration.schedulerNames] in
                volcano.places ? names : names.union([Keys.volcanoScheduler])
            },
            announce: { pod, message in
                placementEvents.record(.warning, on: pod, reason: "FailedScheduling", message: message)
            }, now: { Timestamp(microseconds: WallClock.microseconds) }, logger: logger)
        let waiting = metrics.gauge(
            "martlet_placement_waiting_pods",
            help: "Pods that no set of nodes could take in the last round of placement.")
        let podPlacement = Controller("podplacement", metrics: metrics, logger: logger) { _ in
            let round = try await placer.place()
            waiting.set(Double(round.waiting))
            return round.next
        }
        for informer in [servings, pods, nodes, hyperNodes] {
            podPlacement.watch(informer) { event in placer.observe(event) ? [ControllerSet.everything] : [] }
        }
        // After the handler that takes the definition in.
        podPlacement.watch(podGroupDefinition) { _ in [ControllerSet.everything] }
        // What a ModelServing needs besides its own controller runs with it.
        controllers =
            [modelServing, podPlacement, bridge.controller].filter {
                configuration.selection.includes($0.name, partOf: modelServing.name)
            }
            + [gateways?.controller, providers.controller].compactMap(\.self).filter {
                configuration.selection.includes($0.name)
            }
    }

    /// Everything that has to run, in the order of dependence.
    package var services: [any Service] { events + informers + [providers.credentials] + controllers }

    /// Every informer has taken in its first list.
    package var isSynced: Bool { informers.allSatisfy(\.isSynced) }
}
