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
    /// Objects created at once for one ModelServing.
    static let createsAtOnce = 8

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
        guard let object = state.withLock({ $0.serving(key) }), !object.isBeingDeleted else { return nil }
        let serving: ModelServing
        do {
            serving = try ModelServing(object)
        } catch {
            try await stall(object, [error])
            return nil
        }
        let problems = serving.problems
        guard problems.isEmpty else {
            try await stall(object, problems)
            return nil
        }
        return try await reconcile(serving)
    }

    private func reconcile(_ serving: ModelServing) async throws -> Duration? {
        let start = now()
        let observation = observed(serving, at: start)
        let before = RoleStates(ServingModel(observation))
        let plan = ServingPlanner.plan(observation, now: start)
        var wakeAfter = plan.wakeAfter
        do {
            if try await apply(plan.actions, to: serving) {
                wakeAfter = min(
                    wakeAfter ?? ModelServingReconciler.takenNameDelay, ModelServingReconciler.takenNameDelay)
            }
        } catch {
            let status = ServingStatusMaker.failing(serving.status, message: "\(error)", now: now())
            try? await write(status, to: serving.object)
            throw error
        }
        state.withLock { $0.settle(plan, for: observation) }
        let end = now()
        let after = observed(serving, at: end)
        tell(serving, from: before, to: RoleStates(ServingModel(after)))
        let status = ServingStatusMaker.status(after, now: end)
        try await write(status, to: serving.object)
        // A revision that has just stopped being the current one is to be forgotten.
        return status.currentRevision == serving.status.currentRevision ? wakeAfter : .zero
    }

    private func observed(_ serving: ModelServing, at time: Timestamp) -> ServingObservation {
        let schema = volcano.schema
        return state.withLock { $0.observation(of: serving, installed: schema, now: time) }
    }

    private func tell(_ serving: ModelServing, from before: RoleStates, to after: RoleStates) {
        let told = state.withLock { $0.exchange(after, of: serving.uid) } ?? before
        for change in after.changes(since: told, serving: serving.key.name) {
            announce(serving.object, change.reason, change.message)
        }
    }

    private func stall(_ object: KubernetesObject, _ problems: [FieldProblem]) async throws {
        let message = problems.map(\.description).joined(separator: "; ")
        let before = ModelServingStatus(object.status)
        let status = ServingStatusMaker.stalled(before, generation: object.generation, message: message, now: now())
        try await write(status, to: object)
    }

    private func write(_ status: ModelServingStatus, to object: KubernetesObject) async throws {
        guard status != ModelServingStatus(object.status) else { return }
        let written = try await writer.mergeStatus(.modelServing, object.key, status.json)
        state.withLock { $0.didWrite(written) }
    }
}
