import JSONValues
import KubernetesAPI

/// Whether a pod has failed, and since when, read from its status alone: a restart of this program forgets nothing.
enum PodTrouble {
    /// Nil for a pod that is well: not failed, and ready or never restarted. The moment is the earliest that the status
    /// proves; nil inside where it proves none.
    static func since(_ pod: Pod) -> Timestamp?? {
        if pod.object.isBeingDeleted { return nil }
        let statuses = ["containerStatuses", "initContainerStatuses"].flatMap { pod.object.status[$0]?.elements ?? [] }
        if pod.phase == .failed {
            return .some(statuses.compactMap { time($0, "state", "finishedAt") }.max() ?? notReadySince(pod))
        }
        let restarted = statuses.filter { ($0["restartCount"]?.integer ?? 0) > 0 }
        if restarted.isEmpty || pod.isReady { return nil }
        // Of one restart the end of the first run is the failure; of more, the start of the last ended run is after it.
        let proofs = restarted.compactMap { status in
            time(status, "lastState", status["restartCount"]?.integer == 1 ? "finishedAt" : "startedAt")
        }
        guard let proof = proofs.min() else { return .some(notReadySince(pod)) }
        return .some(max(proof, notReadySince(pod) ?? proof))
    }

    private static func time(_ status: JSONValue, _ state: String, _ field: String) -> Timestamp? {
        status[path: state, "terminated", field]?.string.flatMap { Timestamp($0) }
    }

    private static func notReadySince(_ pod: Pod) -> Timestamp? {
        pod.conditions.first { $0.type == "Ready" && !$0.holds }?.lastTransitionTime
    }
}
