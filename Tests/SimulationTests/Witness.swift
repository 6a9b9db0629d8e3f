import ClusterKit
import KubernetesAPI
import KubernetesClient
import Logging
import Synchronization

/// Looks at every event of the pods of a cluster and says what must not happen.
///
/// 1. Only pods that some spec of the phase asks for exist.
/// 2. A pod that the specs before and after a phase both ask for stays the same object, unless the phase rolls.
/// 3. While a phase rolls, each pod is replaced at most once.
/// 4. While a phase rolls, no more groups of a ModelServing are down than `maxUnavailable`.
final class Witness: Sendable {
    /// What is allowed for the moment.
    struct Phase: Sendable {
        var versions: [ServingVersion]
        var allowed: Set<String>
        var kept: Set<String>
        var isRolling: Bool

        init(from old: [ServingVersion], to new: [ServingVersion], isRolling: Bool) {
            versions = new
            let (before, after) = (Phase.pods(old), Phase.pods(new))
            allowed = before.union(after)
            kept = isRolling ? [] : before.intersection(after)
            self.isRolling = isRolling
        }

        private static func pods(_ versions: [ServingVersion]) -> Set<String> {
            versions.reduce(into: []) { $0.formUnion($1.pods) }
        }
    }

    private struct State {
        var phase = Phase(from: [], to: [], isRolling: false)
        var pods: [String: Pod] = [:]
        /// The objects seen under each name in this phase.
        var lives: [String: Set<String>] = [:]
        var faults: [String] = []
    }

    let informer: Informer
    private let state = Mutex(State())

    init(_ client: KubernetesClient) {
        informer = Informer(client, .pod, logger: .silent)
        informer.onChange { [self] event in state.withLock { Witness.take(event, &$0) } }
    }

    /// Sentences about what must not have happened.
    var faults: [String] { state.withLock { $0.faults } }

    func begin(_ phase: Phase) {
        state.withLock { state in
            state.phase = phase
            state.lives = state.pods.mapValues { [$0.uid] }
        }
    }

    private static func take(_ event: InformerEvent, _ state: inout State) {
        let pod = Pod(event.object)
        let name = pod.key.name
        if case .deleted = event {
            state.pods[name] = nil
            if state.phase.kept.contains(name) { state.faults.append("2: \(name) was deleted") }
        } else {
            state.pods[name] = pod
            state.lives[name, default: []].insert(pod.uid)
            if !state.phase.allowed.contains(name) { state.faults.append("1: \(name) was made") }
            if state.phase.isRolling, state.lives[name, default: []].count > 2 {
                state.faults.append("3: \(name) was replaced more than once")
            }
        }
        if state.phase.isRolling { checkBudgets(&state) }
    }

    private static func checkBudgets(_ state: inout State) {
        for version in state.phase.versions {
            let down = (0..<version.replicas).filter { group in
                !version.pods(ofGroup: group).allSatisfy { name in
                    state.pods[name].map { $0.isReady && !$0.object.isBeingDeleted } ?? false
                }
            }
            if down.count > ServingVersion.maxUnavailable {
                state.faults.append("4: of \(version.name) the groups \(down) are down")
            }
        }
    }
}
