import JSONValues
import KubernetesAPI

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
