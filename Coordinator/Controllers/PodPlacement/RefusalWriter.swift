import JSONValues
import KubernetesAPI
import Placement
import ServingAPI
import Synchronization

/// Says of pods why they wait: in the pod's `PodScheduled` condition and in an event.
///
/// 1. What a pod says already, by this program or by the one before it, is not said again.
/// 2. A pod's message changes at most every `PodPlacer.refusalPause`.
/// 3. It remembers only pods that were refused in the latest round.
final class RefusalWriter: Sendable {
    private struct Told: Sendable {
        var message: String
        var at: Timestamp
    }

    private let writer: any ClusterWriter
    private let announce: PodPlacer.Announce
    private let now: @Sendable () -> Timestamp
    private let told = Mutex<[String: Told]>([:])

    init(writer: any ClusterWriter, announce: @escaping PodPlacer.Announce, now: @escaping @Sendable () -> Timestamp) {
        self.writer = writer
        self.announce = announce
        self.now = now
    }

    /// Writes what is new, several at once; answers when to come back for what had to wait.
    func write(_ refused: [(pod: Pod, refusal: Refusal)]) async throws -> Duration? {
        let time = now()
        let waiting = Set(refused.map(\.pod.uid))
        var due: [(pod: Pod, message: String)] = []
        var next: Duration?
        told.withLock { told in
            told = told.filter { waiting.contains($0.key) }
            for (pod, refusal) in refused {
                let message = refusal.description
                guard let last = told[pod.uid] ?? RefusalWriter.written(pod) else {
                    due.append((pod, message))
                    continue
                }
                if last.message == message { continue }
                let rest = last.at + PodPlacer.refusalPause - time
                if rest > .zero { next = min(next ?? rest, rest) } else { due.append((pod, message)) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, one) in due.enumerated() {
                if index >= PodPlacer.writesAtOnce { try await group.next() }
                group.addTask { try await self.write(one.pod, one.message) }
            }
            try await group.waitForAll()
        }
        return next
    }

    /// What a program before this one wrote: how long ago does not matter.
    private static func written(_ pod: Pod) -> Told? {
        let condition = pod.conditions.first { $0.type == "PodScheduled" }
        guard let condition, !condition.holds, condition.reason == ConditionReason.unschedulable else { return nil }
        return Told(message: condition.message, at: Timestamp(microseconds: 0))
    }

    private func write(_ pod: Pod, _ message: String) async throws {
        let time = now()
        var changed = pod
        changed.conditions.set(
            Condition("PodScheduled", false, reason: ConditionReason.unschedulable, message: message, at: time))
        do {
            _ = try await writer.mergeStatus(
                .pod, pod.key, ["conditions": changed.object.status["conditions"] ?? []])
        } catch let status as APIStatus where status.reason == .notFound {
            return
        }
        told.withLock { $0[pod.uid] = Told(message: message, at: time) }
        announce(pod.object, message)
    }
}
