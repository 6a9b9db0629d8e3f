import JSONValues
import KubernetesAPI
import ServingAPI

/// A view of a LeaderWorkerSet: N equal groups of one leader pod and its workers.
struct LeaderWorkerSet: Sendable, Hashable {
    /// What becomes of a group when a container or pod of it is restarted.
    enum RestartPolicy: String, Sendable {
        case recreateGroup = "RecreateGroupOnPodRestart"
        case recreateGroupAfterStart = "RecreateGroupAfterStart"
        case none = "None"
        /// The old name of `None`.
        case standard = "Default"
    }

    let object: KubernetesObject

    var key: ObjectKey { object.key }
    var uid: String { object.uid }
    var replicas: Int { object.spec["replicas"]?.integer ?? 1 }
    /// Pods of a group, the leader included.
    var size: Int { template["size"]?.integer ?? 1 }
    /// The leader's pod template; nil where leaders are made as workers are.
    var leaderTemplate: JSONValue? { template["leaderTemplate"].flatMap { $0.isNull ? nil : $0 } }
    var workerTemplate: JSONValue { template["workerTemplate"] ?? .null }

    var restartPolicy: RestartPolicy {
        template["restartPolicy"]?.string.flatMap { RestartPolicy(rawValue: $0) } ?? .recreateGroup
    }

    /// `maxUnavailable`, `maxSurge` and `partition`, as written.
    var rolling: JSONValue { object.spec[path: "rolloutStrategy", "rollingUpdateConfiguration"] ?? .null }

    /// The scheduler its templates name, the leader's before the workers'; nil where neither does.
    var schedulerName: String? {
        [leaderTemplate, workerTemplate].lazy.compactMap { $0?[path: "spec", "schedulerName"]?.string }.first
    }

    /// A field of the group template, where it is set and not empty.
    func templateField(_ name: String) -> JSONValue? {
        guard let value = template[name], !value.isNull, value.array?.isEmpty != true else { return nil }
        return value
    }

    private var template: JSONValue { object.spec["leaderWorkerTemplate"] ?? .null }
}
