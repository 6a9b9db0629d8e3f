import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI

/// Equal ModelServings of groups of two pods, an entry and a worker, and how long they take to be as asked.
struct ServingLoad: Sendable {
    private static let namespace = "default"
    private static let limit = Duration.seconds(600)

    var client: KubernetesClient
    var prefix: String
    var servings: Int
    var groups: Int

    var pods: Int { servings * groups * 2 }

    @discardableResult func create() async throws -> Duration {
        try await ContinuousClock().measure {
            for index in 0..<servings { _ = try await client.create(.modelServing, object(index, image: "engine:v1")) }
            try await untilReady()
        }
    }

    @discardableResult func roll(to image: String = "engine:v2") async throws -> Duration {
        try await ContinuousClock().measure {
            for index in 0..<servings {
                let object = object(index, image: image)
                _ = try await client.patch(
                    .modelServing, namespace: Self.namespace, name: object.name, .merge(["spec": object.spec]))
            }
            try await untilReady()
        }
    }

    func delete() async throws -> Duration {
        try await ContinuousClock().measure {
            for index in 0..<servings {
                try await client.delete(.modelServing, namespace: Self.namespace, name: name(index))
            }
            try await eventually("pods to go", within: Self.limit) {
                try await Task.sleep(for: .milliseconds(100))
                return try await client.list(.pod, namespace: Self.namespace).items.isEmpty
            }
        }
    }

    private func untilReady() async throws {
        try await eventually("ModelServings \(prefix) to be ready", within: Self.limit) {
            try await Task.sleep(for: .milliseconds(50))
            return try await client.list(.modelServing, namespace: Self.namespace).items.allSatisfy { object in
                let status = ModelServingStatus(object.status)
                return status.observedGeneration == object.generation && status.availableReplicas == groups
                    && status.updatedReplicas == groups && status.replicas == groups
            }
        }
    }

    private func name(_ index: Int) -> String { "\(prefix)-\(index)" }

    private func object(_ index: Int, image: String) -> KubernetesObject {
        let template: JSONValue = ["spec": ["containers": [["name": "engine", "image": .string(image)]]]]
        var object = KubernetesObject(.modelServing, namespace: Self.namespace, name: name(index))
        object.spec = [
            "replicas": JSONValue(groups), "schedulerName": "martlet",
            "rolloutStrategy": ["rollingUpdateConfiguration": ["maxUnavailable": "50%"]],
            "template": [
                "roles": [
                    [
                        "name": "engine", "replicas": 1, "workerReplicas": 1, "entryTemplate": template,
                        "workerTemplate": template,
                    ]
                ]
            ],
        ]
        return object
    }
}
