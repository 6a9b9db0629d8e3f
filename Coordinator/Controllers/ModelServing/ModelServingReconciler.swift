import JSONValues
package import KubernetesAPI
package import KubernetesClient
package import Logging
import ServingAPI
import Synchronization

/// Brings ModelServings to what their specs ask for: observes, plans, applies, writes the status.
///
/// 1. It keeps nothing that a restart would miss (see ServingMemory for what a restart forgets harmlessly).
/// 2. It writes nothing when nothing changed.
/// 3. `reconcile` is never called twice at once for the same key.
package final class ModelServingReconciler: Sendable {
    /// How soon a name that another owner holds is tried again.
    static let takenNameDelay = Duration.seconds(1)
    /// How soon a surge that a quota refused is tried again.
    static let surgeRetryDelay = Duration.seconds(300)
    /// Writes of one plan that are under way at once.
    static let writesAtOnce = 8
    /// Failed writes of one phase of a plan after which the API server is left alone until the next plan.
    static let failuresMax = 8

    /// Tells people what happened to a ModelServing: the object, the reason, the message.
    package typealias Announce = @Sendable (KubernetesObject, String, String) -> Void

    let writer: any ClusterWriter
    private let announce: Announce
    let now: @Sendable () -> Timestamp
    let logger: Logger
    let state = Mutex(ServingState())
    private let volcano: VolcanoPresence

    package init(
        writer: any ClusterWriter, volcano: VolcanoPresence = VolcanoPresence(), announce: @escaping Announce,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.writer = writer
        self.volcano = volcano
        self.announce = announce
        self.now = now
        self.logger = logger
    }

    /// Takes a change from an informer; the key to reconcile, if any.
    package func observe(_ event: InformerEvent) -> ObjectKey? { state.withLock { $0.apply(event) } }

    /// The ModelServings that Volcano places where it is installed, in no order.
    package var keysForVolcano: [ObjectKey] { state.withLock { $0.keysForVolcano } }

    /// One round for one ModelServing; answers when to come back where no event will say so.
    package func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let known = state.withLock({ $0.serving(key) }), !known.object.isBeingDeleted else { return nil }
        guard let serving = known.view, known.problems.isEmpty else {
            try await stall(known, known.problems)
            return nil
        }
        return try await reconcile(known, serving)
    }

    private func reconcile(_ known: KnownServing, _ serving: ModelServing) async throws -> Duration? {
        let start = now()
        let observation = observed(known, serving, at: start)
        let model = ServingModel(observation)
        let plan = ServingPlanner.plan(observation, model, now: start)
        var wakeAfter = plan.wakeAfter
        do {
            if try await apply(plan.actions, to: serving) {
                wakeAfter = min(
                    wakeAfter ?? ModelServingReconciler.takenNameDelay, ModelServingReconciler.takenNameDelay)
            }
        } catch {
            let status = ServingStatusMaker.failing(known.status, message: "\(error)", now: now())
            try? await write(status, over: known)
            throw error
        }
        state.withLock { $0.settle(plan, for: observation) }
        let end = now()
        let after = plan.actions.isEmpty ? model : ServingModel(observed(known, serving, at: end))
        let status = ServingStatusMaker.status(after, now: end)
        if let pause = state.withLock({ $0.pause(before: status, over: known, now: end) }) {
            return min(wakeAfter ?? pause, pause)
        }
        tell(serving, from: model, to: after)
        try await write(status, over: known)
        // A revision that has just stopped being the current one is to be forgotten.
        return status.currentRevision == known.status.currentRevision ? wakeAfter : .zero
    }

    private func observed(_ known: KnownServing, _ serving: ModelServing, at time: Timestamp) -> ServingObservation {
        let schema = volcano.schema
        return state.withLock { $0.observation(of: known, serving, installed: schema, now: time) }
    }

    private func tell(_ serving: ModelServing, from before: ServingModel, to after: ServingModel) {
        let states = RoleStates(after)
        let told = state.withLock { $0.exchange(states, of: serving.uid) } ?? RoleStates(before)
        guard told != states else { return }
        for event in states.events(since: told, serving: serving.key.name) {
            announce(serving.object, event.reason, event.message)
        }
    }

    private func stall(_ known: KnownServing, _ problems: [FieldProblem]) async throws {
        let message = problems.map(\.description).joined(separator: "; ")
        let generation = known.object.generation
        try await write(
            ServingStatusMaker.stalled(known.status, generation: generation, message: message, now: now()),
            over: known)
    }

    private func write(_ status: ModelServingStatus, over known: KnownServing) async throws {
        guard status != known.status else { return }
        let written = try await writer.mergeStatus(.modelServing, known.object.key, status.json)
        let time = now()
        state.withLock { $0.didWrite(written, status, now: time) }
    }
}
