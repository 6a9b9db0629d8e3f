import JSONValues
package import KubernetesAPI
package import KubernetesClient
package import Logging
import Placement
import ServingAPI
import Synchronization

/// Finds nodes for the pods that ask for this program's scheduling, and binds them.
///
/// 1. No pod of a gang is bound unless the whole minimum of the gang fits at that moment.
/// 2. A refusal is written only when it says something else than the one before.
package final class PodPlacer: Sendable {
    /// Bindings and refusals written at once.
    static let writesAtOnce = 8

    /// Tells people why a pod waits: the pod and the message.
    package typealias Announce = @Sendable (KubernetesObject, String) -> Void

    private let writer: any ClusterWriter
    private let schedulerNames: @Sendable () -> Set<String>
    private let announce: Announce
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(PlacementState())

    package init(
        writer: any ClusterWriter, schedulerNames: @escaping @Sendable () -> Set<String>,
        announce: @escaping Announce, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.writer = writer
        self.schedulerNames = schedulerNames
        self.announce = announce
        self.now = now
        self.logger = logger
    }

    /// Takes a change from an informer; whether a round of placement is due.
    package func observe(_ event: InformerEvent) -> Bool { state.withLock { $0.apply(event) } }

    /// One round: places every gang that fits and says of the others why they wait; answers how many pods of either.
    @discardableResult package func place() async throws -> (bound: Int, waiting: Int) {
        let time = now()
        let snapshot = state.withLock { $0.snapshot(now: time) }
        let builder = GangBuilder(servings: snapshot.servings, schedulerNames: schedulerNames())
        let gangs = builder.gangs(snapshot.pods)
        guard !gangs.isEmpty else { return (0, 0) }
        let pods = Dictionary(snapshot.pods.map { ($0.key.description, $0) }, uniquingKeysWith: { first, _ in first })
        var bound = 0
        var refusals: [(pod: Pod, refusal: Refusal)] = []
        for (gang, placement) in zip(gangs, Placer.place(gangs, on: snapshot.nodes)) {
            bound += placement.assignments.count
            try await bind(placement.assignments, pods)
            refusals += PodPlacer.refused(gang, placement).compactMap { name, refusal in
                pods[name].map { ($0, refusal) }
            }
        }
        for (pod, refusal) in refusals { try await refuse(pod, refusal) }
        return (bound, refusals.count)
    }

    /// Every waiting pod that got no node, with the reason.
    private static func refused(_ gang: Gang, _ placement: GangPlacement) -> [(String, Refusal)] {
        if let refusal = placement.refusal {
            return refusal.isEarly ? [] : gang.subGangs.flatMap { $0.pods.map { ($0.name, refusal) } }
        }
        let parts = Dictionary(gang.subGangs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return placement.waiting.flatMap { name, refusal in
            (parts[name]?.pods ?? []).map { ($0.name, refusal) }
        }
    }

    /// Binds the pods of one gang, several at once; the first failure is thrown when all have been tried.
    private func bind(_ assignments: [Assignment], _ pods: [String: Pod]) async throws {
        let failure = await withTaskGroup(of: (any Error)?.self) { group in
            var failure: (any Error)?
            for (index, assignment) in assignments.enumerated() {
                if index >= PodPlacer.writesAtOnce, let result = await group.next() { failure = failure ?? result }
                guard let pod = pods[assignment.pod] else { continue }
                group.addTask { await self.bind(pod, to: assignment.node) }
            }
            for await result in group { failure = failure ?? result }
            return failure
        }
        if let failure { throw failure }
    }

    private func bind(_ pod: Pod, to node: String) async -> (any Error)? {
        let time = now()
        state.withLock { $0.assume(pod.uid, on: node, now: time) }
        do {
            try await writer.bind(pod: pod, to: node)
            logger.info("Bound Pod", metadata: ["object": "\(pod.key)", "node": "\(node)"])
            return nil
        } catch let status as APIStatus where status.reason == .notFound {
            // Deleted meanwhile; the informer will say so.
            return nil
        } catch {
            state.withLock { $0.forget(pod.uid) }
            return error
        }
    }

    private func refuse(_ pod: Pod, _ refusal: Refusal) async throws {
        let message = refusal.description
        let before = pod.conditions.first { $0.type == "PodScheduled" }
        if let before, !before.holds, before.message == message { return }
        var pod = pod
        let condition = Condition(
            "PodScheduled", false, reason: ConditionReason.unschedulable, message: message, at: now())
        pod.conditions.set(condition)
        do {
            _ = try await writer.mergeStatus(
                .pod, pod.key, ["conditions": pod.object.status["conditions"] ?? []])
        } catch let status as APIStatus where status.reason == .notFound {
            return
        }
        announce(pod.object, message)
    }
}
