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
/// 2. One gang is bound at a time, and the first of its pods alone: whenever this program ends, at most one gang stands
///    in part. Its rest fits, comes first when the program starts again, and nobody else gets its room.
/// 3. A binding counts from before it is sent until the watch shows the pod's node. One whose answer never came is sent
///    again, to the same node, before anything else is placed.
/// 4. A refusal is written only when it says something else than the one before, and for one pod at most every
///    `refusalPause`.
package final class PodPlacer: Sendable {
    /// Bindings and refusals written at once.
    static let writesAtOnce = 8
    /// How soon a pod's changed refusal is written again: counts of nodes change with every pod that is bound.
    static let refusalPause = Duration.seconds(10)
    /// How soon a round that met a change of the cluster is followed by the next.
    static let stalePause = Duration.milliseconds(50)

    /// Tells people why a pod waits: the pod and the message.
    package typealias Announce = @Sendable (KubernetesObject, String) -> Void

    /// What a round of placement came to.
    package struct Round: Sendable {
        package var bound = 0
        package var waiting = 0
        /// When the next round is due though nothing changes.
        package var next: Duration?
    }

    private let writer: any ClusterWriter
    private let schedulerNames: @Sendable () -> Set<String>
    private let refusals: RefusalWriter
    private let logger: Logger
    private let state = Mutex(PlacementState())

    /// `schedulerNames` are asked for at each round: pods of these are placed here.
    package init(
        writer: any ClusterWriter, schedulerNames: @escaping @Sendable () -> Set<String>, announce: @escaping Announce,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.writer = writer
        self.schedulerNames = schedulerNames
        refusals = RefusalWriter(writer: writer, announce: announce, now: now)
        self.logger = logger
    }

    /// Takes a change from an informer; whether a round of placement is due.
    package func observe(_ event: InformerEvent) -> Bool { state.withLock { $0.apply(event) } }

    /// One round: places every gang that fits and says of the others why they wait.
    @discardableResult package func place() async throws -> Round {
        var result = Round()
        guard try await settle() else {
            result.next = PodPlacer.stalePause
            return result
        }
        let names = schedulerNames()
        let round = state.withLock { $0.round(for: names) }
        var refused: [(pod: Pod, refusal: Refusal)] = []
        for (gang, placement) in zip(round.gangs, Placer.place(round.gangs, on: round.cluster)) {
            refused += PodPlacer.refused(gang, placement).compactMap { name, refusal in
                round.pods[name].map { ($0, refusal) }
            }
            guard try await bind(placement.assignments, round.pods) else {
                // What the later gangs were placed on is not what is there.
                result.next = PodPlacer.stalePause
                return result
            }
            result.bound += placement.assignments.count
        }
        result.waiting = refused.count
        result.next = try await refusals.write(refused)
        return result
    }

    /// Sends bindings again whose answer never came; whether all is clear now.
    private func settle() async throws -> Bool {
        for (facts, node) in state.withLock({ $0.pods.unsure }) {
            guard state.withLock({ $0.hasNode(node) }) else {
                // Whatever became of the binding, that node gives no room to anybody.
                state.withLock { $0.forget(facts.pod) }
                continue
            }
            guard try await send(facts.pod, to: node) == .bound else { return false }
        }
        return true
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

    /// How the sending of a binding ended where it did not fail.
    private enum Sent {
        case bound
        /// The pod is gone.
        case gone
        /// The pod has a node already, or the pod or the node is not what the plan saw.
        case stale
    }

    /// Binds the pods of one gang: the first alone, then several at once; the first failure is thrown when all have
    /// been tried. False where the cluster is not what the plan saw.
    private func bind(_ assignments: [Assignment], _ pods: [String: Pod]) async throws -> Bool {
        let bindings = assignments.compactMap { one in pods[one.pod].map { (pod: $0, node: one.node) } }
        guard let first = bindings.first else { return true }
        switch try await bind(first.pod, to: first.node) {
        case .bound: break
        case .gone: return true
        case .stale: return false
        }
        let (failure, isStale) = await withTaskGroup(of: Result<Sent, any Error>.self) { group in
            var failure: (any Error)?
            var isStale = false
            func take(_ result: Result<Sent, any Error>) {
                switch result {
                case .success(let sent): isStale = isStale || sent == .stale
                case .failure(let error): failure = failure ?? error
                }
            }
            for (index, binding) in bindings.dropFirst().enumerated() {
                if index >= PodPlacer.writesAtOnce, let result = await group.next() { take(result) }
                group.addTask {
                    do { return .success(try await self.bind(binding.pod, to: binding.node)) } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group { take(result) }
            return (failure, isStale)
        }
        if let failure { throw failure }
        return !isStale
    }

    private func bind(_ pod: Pod, to node: String) async throws -> Sent {
        guard state.withLock({ $0.assume(pod, on: node) }) else { return .stale }
        return try await send(pod, to: node)
    }

    private func send(_ pod: Pod, to node: String) async throws -> Sent {
        do {
            try await writer.bind(pod: pod, to: node)
        } catch let status as APIStatus where status.reason == .notFound {
            // Deleted meanwhile; the informer will say so.
            state.withLock { $0.forget(pod) }
            return .gone
        } catch let status as APIStatus where status.code == 409 {
            // It has a node, perhaps this one, or the server was busy: it counts here until the watch or the next try
            // tells.
            return .stale
        } catch let status as APIStatus where (400..<500).contains(status.code) && ![408, 429].contains(status.code) {
            state.withLock { $0.forget(pod) }
            throw status
        }
        state.withLock { $0.confirm(pod) }
        logger.info("Bound Pod", metadata: ["object": "\(pod.key)", "node": "\(node)"])
        return .bound
    }
}
