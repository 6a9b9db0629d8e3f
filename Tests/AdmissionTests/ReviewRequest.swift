import JSONValues
import KubernetesAPI

@testable import Admission

/// Builds what the API server sends, and reads what it gets.
enum ReviewRequest {
    static func body(
        _ kind: ResourceKind, _ object: JSONValue, operation: String = "CREATE", old: JSONValue = .null,
        version: String = "v1", isDryRun: Bool = false, subresource: String? = nil
    ) -> JSONValue {
        [
            "apiVersion": .string("admission.k8s.io/\(version)"), "kind": "AdmissionReview",
            "request": .members([
                "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": .string(operation),
                "kind": ["group": .string(kind.group), "version": "v1alpha1", "kind": .string(kind.kind)],
                "namespace": "dev", "name": "ds", "object": object, "oldObject": old, "dryRun": .bool(isDryRun),
                "subResource": subresource.map { .string($0) },
            ]),
        ]
    }

    static func endpoint(_ purpose: WebhookEndpoint.Purpose, _ kind: ResourceKind) -> WebhookEndpoint? {
        WebhookEndpoint.all.first { $0.purpose == purpose && $0.kind == kind }
    }

    /// The patch of an answer, decoded.
    static func patch(_ response: JSONValue) -> JSONValue? {
        response["patch"]?.string.flatMap { Base64.decode($0) }.flatMap { try? JSONValue.parse($0) }
    }
}

/// Small valid objects.
enum ReviewObjects {
    static let serving: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "replicas": 1,
            "template": [
                "roles": [
                    [
                        "name": "prefill", "replicas": 1, "workerReplicas": 0,
                        "entryTemplate": ["spec": ["containers": [["name": "engine", "image": "vllm"]]]],
                    ]
                ]
            ],
        ],
    ]

    static let policy: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "AutoscalingPolicy",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "metrics": [["name": "load", "targetValue": "10"]], "behavior": .object(JSONObject()),
            "homogeneousTarget": [
                "target": ["targetRef": ["kind": "ModelServing", "name": "ds"]], "minReplicas": 1, "maxReplicas": 2,
            ],
        ],
    ]
}
