import JSONValues
import KubernetesAPI
import ServingAPI

/// Small valid objects of our kinds, to be changed by the rows of tests.
enum TestObjects {
    static let serving: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "replicas": 4,
            "template": [
                "roles": [
                    ["name": "prefill", "replicas": 2, "entryTemplate": template("vllm")],
                    [
                        "name": "decode", "replicas": 4, "entryTemplate": template("vllm"), "workerReplicas": 1,
                        "workerTemplate": template("vllm"),
                    ],
                ]
            ],
        ],
    ]

    static let server: JSONValue = [
        "apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": "ModelServer",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "inferenceEngine": "vLLM", "workloadPort": ["port": 8000],
            "workloadSelector": ["matchLabels": ["app": "ds"]],
        ],
    ]

    static let route: JSONValue = [
        "apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": "ModelRoute",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": ["modelName": "ds", "rules": [["targetModels": [["modelServerName": "ds"]]]]],
    ]

    static let policy: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "AutoscalingPolicy",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "metrics": [["name": "load", "targetValue": "10"]],
            "homogeneousTarget": [
                "target": ["targetRef": ["kind": "ModelServing", "name": "ds"]], "minReplicas": 1, "maxReplicas": 5,
            ],
        ],
    ]

    static let binding: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "AutoscalingPolicyBinding",
        "metadata": ["name": "ds", "namespace": "dev"],
        "spec": [
            "policyRef": ["name": "load"],
            "homogeneousTarget": [
                "target": ["targetRef": ["kind": "ModelServing", "name": "ds"]], "minReplicas": 1, "maxReplicas": 5,
            ],
        ],
    ]

    static let booster: JSONValue = [
        "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelBooster",
        "metadata": ["name": "qwen", "namespace": "dev"],
        "spec": [
            "backend": [
                "name": "main", "type": "vLLM", "modelURI": "hf://Qwen/Qwen2.5-0.5B-Instruct",
                "cacheURI": "hostpath:///tmp/cache", "replicas": 1,
                "workers": [["type": "server", "image": "vllm/vllm-openai:v0.9", "replicas": 1, "pods": 1]],
            ]
        ],
    ]

    static let provider: JSONValue = [
        "apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": "ExternalModelProvider",
        "metadata": ["name": "far", "namespace": "dev"], "spec": ["baseURL": "https://api.example.org/v1"],
    ]

    /// One of each kind with rules.
    static let all: [(ResourceKind, JSONValue)] = [
        (.modelServing, serving), (.modelServer, server), (.modelRoute, route), (.autoscalingPolicy, policy),
        (.autoscalingPolicyBinding, binding), (.modelBooster, booster), (.externalModelProvider, provider),
    ]

    static func template(_ image: String) -> JSONValue {
        ["spec": ["containers": [["name": "engine", "image": .string(image)]]]]
    }
}

/// One change of an object and the problem it makes; none for a change that is allowed.
struct RuleRow: Sendable, CustomStringConvertible {
    /// A JSON patch of operations `add` at a path below `spec`.
    var path: String
    var value: JSONValue
    /// The field of the problem; nil for none.
    var field: String?
    /// A part of its message.
    var message: String

    init(_ path: String, _ value: JSONValue, _ field: String? = nil, _ message: String = "") {
        self.path = path
        self.value = value
        self.field = field
        self.message = message
    }

    var description: String { "\(path) = \(value.text())" }

    func applied(to object: JSONValue) throws -> JSONValue {
        let pointer = "/spec/" + path
        return try object.applying(patch: [["op": "add", "path": .string(pointer), "value": value]])
    }
}
