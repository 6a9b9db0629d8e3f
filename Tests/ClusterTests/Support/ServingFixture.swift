import JSONValues
import KubernetesAPI
import ServingAPI

/// The ModelServing that the cases change: one role `prefill` of one pod, groups replaced two at a time at most.
struct ServingFixture: Sendable {
    static let image = "nginx:1.28.2"
    static let newImage = "nginx:alpine"

    var name: String
    var replicas = 1
    var roles = [RoleFixture()]
    var recovery: String?
    var rollout = "ServingGroupRollingUpdate"
    var maxUnavailable = 2
    var partition: Int?

    init(_ name: String) { self.name = name }

    var spec: JSONValue {
        var strategy: JSONValue = ["type": .string(rollout)]
        if rollout == "ServingGroupRollingUpdate" {
            strategy["rollingUpdateConfiguration"] = .members([
                "maxUnavailable": JSONValue(maxUnavailable), "partition": partition.map { JSONValue($0) },
            ])
        }
        return .members([
            "replicas": JSONValue(replicas), "recoveryPolicy": recovery.map { .string($0) },
            "rolloutStrategy": strategy, "template": ["roles": .array(roles.map(\.json))],
        ])
    }

    func object(in namespace: String) -> KubernetesObject {
        var object = KubernetesObject(.modelServing, namespace: namespace, name: name)
        object.spec = spec
        return object
    }

    /// Every role's pods with another image.
    mutating func setImage(_ image: String, isMissing: Bool = false) {
        for index in roles.indices { roles[index].setImage(image, isMissing: isMissing) }
    }
}

/// One role of a fixture.
struct RoleFixture: Sendable {
    var name = "prefill"
    var replicas = 1
    var workers = 0
    var image = ServingFixture.image
    var maxUnavailable: Int?
    var partition: Int?
    var readinessGate: String?
    var hostAliases: JSONValue?
    /// Annotations of the pods; those of the fake kubelet begin with `lab/`.
    var annotations: [String: String] = [:]

    /// `isMissing` makes an image that no registry has.
    mutating func setImage(_ image: String, isMissing: Bool = false) {
        self.image = image
        annotations["lab/image-error"] = isMissing ? "true" : nil
    }

    var json: JSONValue {
        .members([
            "name": .string(name), "replicas": JSONValue(replicas), "workerReplicas": JSONValue(workers),
            "maxUnavailable": maxUnavailable.map { JSONValue($0) }, "partition": partition.map { JSONValue($0) },
            "entryTemplate": template, "workerTemplate": workers > 0 ? template : nil,
        ])
    }

    private var template: JSONValue {
        var spec: JSONValue = ["containers": [["name": "test-container", "image": .string(image)]]]
        spec["readinessGates"] = readinessGate.map { [["conditionType": .string($0)]] }
        spec["hostAliases"] = hostAliases
        return .members([
            "metadata": annotations.isEmpty ? nil : ["annotations": .strings(annotations)], "spec": spec,
        ])
    }
}
