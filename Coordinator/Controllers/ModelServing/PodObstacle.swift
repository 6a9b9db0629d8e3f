import JSONValues
import KubernetesAPI
import ServingAPI

/// What keeps a pod from starting, in words that do not change from one try to the next.
struct PodObstacle {
    /// One CamelCase word.
    var reason: String
    var message: String

    /// Reasons that pass by themselves in moments: no obstacle.
    private static let passing: Set<String> = ["ContainerCreating", "PodInitializing"]

    /// The obstacle of the first pod of groups, in their order, that has one.
    static func first(in groups: [ServingGroup]) -> PodObstacle? {
        for pod in groups.lazy.flatMap(\.replicas).flatMap(\.pods) where !pod.isDeleting && !pod.isReady {
            if let obstacle = obstacle(of: pod.pod) { return obstacle }
        }
        return nil
    }

    private static func obstacle(of pod: Pod) -> PodObstacle? {
        let scheduled = pod.conditions.first { $0.type == "PodScheduled" }
        if let scheduled, !scheduled.holds, pod.nodeName == nil, scheduled.reason == ConditionReason.unschedulable {
            return PodObstacle(
                reason: ConditionReason.unschedulable, message: "Pod \(pod.key.name): \(scheduled.message)")
        }
        for list in ["initContainerStatuses", "containerStatuses"] {
            for status in pod.object.status[list]?.elements ?? [] {
                guard let reason = status[path: "state", "waiting", "reason"]?.string, !passing.contains(reason) else {
                    continue
                }
                let container = status["name"]?.string ?? ""
                return PodObstacle(
                    reason: reason, message: "Pod \(pod.key.name): container \(container) waits: \(reason)")
            }
        }
        return nil
    }
}
