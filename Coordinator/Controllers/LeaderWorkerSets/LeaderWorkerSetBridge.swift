import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import Reconciliation
import ServiceLifecycle
import ServingAPI

/// The parts that carry LeaderWorkerSets out, wired: idle while the cluster serves none.
struct LeaderWorkerSetBridge {
    let events: EventRecorder
    let sets: Informer
    let controller: Controller

    /// Reads ModelServings from an informer that others read too.
    init(_ client: KubernetesClient, servings: Informer, metrics: MetricsRegistry, logger: Logger) {
        let events = EventRecorder(client, component: "leaderworkerset-bridge", logger: logger)
        let sets = Informer(client, .leaderWorkerSet, isOptional: true, logger: logger)
        let reconciler = LeaderWorkerSetReconciler(
            writer: client,
            announce: { object, type, reason, message in
                events.record(type, on: object, reason: reason, message: message)
            }, now: { Timestamp(microseconds: WallClock.microseconds) }, logger: logger)
        let controller = Controller("leaderworkerset", metrics: metrics, logger: logger) {
            try await reconciler.reconcile($0)
        }
        for informer in [sets, servings] {
            controller.watch(informer) { event in reconciler.observe(event).map { [$0] } ?? [] }
        }
        self.events = events
        self.sets = sets
        self.controller = controller
    }
}
