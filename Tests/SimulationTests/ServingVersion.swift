import JSONValues
import KubernetesAPI
import ServingAPI

/// One version of the ModelServing that a story is about: what its spec asks for, and which pods that means.
struct ServingVersion: Sendable {
    var name: String
    var replicas: Int
    var decodes: Int
    var image = "engine:v1"

    static let maxUnavailable = 1

    /// A prefill role of one entry and one worker, and `decodes` decode replicas of one pod.
    var spec: JSONValue {
        let template: JSONValue = ["spec": ["containers": [["name": "engine", "image": .string(image)]]]]
        return [
            "replicas": JSONValue(replicas), "schedulerName": "martlet",
            "rolloutStrategy": [
                "type": "ServingGroupRollingUpdate",
                "rollingUpdateConfiguration": ["maxUnavailable": JSONValue(Self.maxUnavailable)],
            ],
            "template": [
                "roles": [
                    [
                        "name": "prefill", "replicas": 1, "workerReplicas": 1, "entryTemplate": template,
                        "workerTemplate": template,
                    ],
                    [
                        "name": "decode", "replicas": JSONValue(decodes), "workerReplicas": 0,
                        "entryTemplate": template,
                    ],
                ]
            ],
        ]
    }

    var object: KubernetesObject {
        var object = KubernetesObject(.modelServing, namespace: "default", name: name)
        object.spec = spec
        return object
    }

    var pods: Set<String> { Set((0..<replicas).flatMap { pods(ofGroup: $0) }) }

    func pods(ofGroup group: Int) -> [String] {
        ["\(name)-\(group)-prefill-0-0", "\(name)-\(group)-prefill-0-1"]
            + (0..<decodes).map { "\(name)-\(group)-decode-\($0)-0" }
    }

    var services: Set<String> { Set((0..<replicas).map { "\(name)-\($0)-prefill-0-0" }) }
}
