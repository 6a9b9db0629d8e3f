import JSONValues
import KubernetesAPI

/// That a pod has failed, and since when as its status proves: a restart of this program forgets nothing of it.
///
/// The moment is taken from, in this order: the end of the container that failed, bounded by the time at which the pod
/// was last ready; the pod's turn to not ready. Only where a status has neither (and for the earlier failures of a
/// container that failed several times) does the time count at which this program saw it first.
struct PodTrouble: Sendable, Equatable {
    /// The earliest moment that the status proves; nil where it proves none.
    var since: Timestamp?

    /// Nil for a pod that is well: not failed, and ready or never restarted.
    static func of(_ pod: Pod) -> PodTrouble? {
        if pod.object.isBeingDeleted { return nil }
        let status = pod.object.status
        guard pod.phase == .failed || status["containerStatuses"] != nil || status["initContainerStatuses"] != nil
        else { return nil }
        let statuses = ["containerStatuses", "initContainerStatuses"].flatMap { status[$0]?.elements ?? [] }
        if pod.phase == .failed {
            return PodTrouble(
                since: statuses.compactMap { time($0, "state", "finishedAt") }.max() ?? notReadySince(pod))
        }
        let restarted = statuses.filter { ($0["restartCount"]?.integer ?? 0) > 0 }
        if restarted.isEmpty || pod.isReady { return nil }
        // Of one restart the end of the first run is the failure; of more, the start of the last ended run is after it.
        let proofs = restarted.compactMap { status in
            time(status, "lastState", status["restartCount"]?.integer == 1 ? "finishedAt" : "startedAt")
        }
        guard let proof = proofs.min() else { return PodTrouble(since: notReadySince(pod)) }
        return PodTrouble(since: max(proof, notReadySince(pod) ?? proof))
    }

    private static func time(_ status: JSONValue, _ state: String, _ field: String) -> Timestamp? {
        status[path: state, "terminated", field]?.string.flatMap { Timestamp($0) }
    }

    private static func notReadySince(_ pod: Pod) -> Timestamp? {
        pod.conditions.first { $0.type == "Ready" && !$0.holds }?.lastTransitionTime
    }
}
