import JSONValues
import KubernetesAPI
import ServingAPI

/// One object, as a change of a sound one, and what a real API server with these webhooks says to it.
struct ContractRow: Sendable, CustomStringConvertible {
    var kind: ResourceKind
    /// A JSON pointer below `spec`, and the value put there.
    var path: String
    var value: JSONValue
    /// A part of the refusal; nil where the object is accepted.
    var refusal: String?

    init(_ path: String, _ value: JSONValue, _ refusal: String? = nil, kind: ResourceKind = .modelServing) {
        self.kind = kind
        self.path = path
        self.value = value
        self.refusal = refusal
    }

    var description: String { "\(kind.kind) \(path) = \(value.text().prefix(80))" }

    func object() throws -> JSONValue {
        let sound: JSONValue =
            switch kind {
            case .modelServing: ContractObjects.serving
            case .modelBooster: ContractObjects.booster
            case .autoscalingPolicy: ReviewObjects.policy
            case .autoscalingPolicyBinding: ContractObjects.binding
            case .modelServer: ContractObjects.server
            case .modelRoute: ContractObjects.route
            default: ContractObjects.provider
            }
        return try sound.applying(patch: [
            ["op": "add", "path": .string(path.isEmpty ? "/spec" : "/spec/" + path), "value": value]
        ])
    }
}

extension ContractRow {
    private static let roleRolling: JSONValue = ["type": "RoleRollingUpdate"]

    private static func role(_ members: JSONValue) -> JSONValue {
        ([
            "name": "prefill", "replicas": 4, "workerReplicas": 0, "entryTemplate": ContractObjects.template("vllm"),
        ] as JSONValue).merging(members)
    }

    private static func group(_ limits: JSONValue) -> JSONValue { ["rollingUpdateConfiguration": limits] }

    private static func rolling(_ role: JSONValue, _ strategy: JSONValue = roleRolling) -> JSONValue {
        ContractObjects.serving["spec"]?.merging([
            "rolloutStrategy": strategy, "template": ["roles": [Self.role(role)]],
        ])
            ?? .null
    }

    /// Every rule of ModelServing with rows of both sides.
    static let serving: [ContractRow] = [
        // Names.
        ContractRow("template/roles/0/name", "405b"),
        ContractRow("template/roles/0/name", "a-b"),
        ContractRow("template/roles/0/name", "Prefill", "must be at most 63 lower-case letters"),
        ContractRow("template/roles/0/name", "pre_fill", "spec.template.roles[0].name"),
        ContractRow("template/roles/0/name", "abcdefghijklm", "spec.template.roles[0].name"),
        // Images.
        ContractRow("template/roles/0/entryTemplate", ContractObjects.template("vllm:v1")),
        ContractRow(
            "template/roles/0/entryTemplate", ContractObjects.template("vllm v1"), "must not contain white space"),
        ContractRow(
            "template/roles/0/workerTemplate", ContractObjects.template("a\tb"), "must not contain white space"),
        // Counts.
        ContractRow("replicas", 0), ContractRow("replicas", -1, "should be a non-negative integer"),
        ContractRow("replicas", "one", "spec.replicas"),
        ContractRow("template/roles", [], "spec.template.roles"),
        ContractRow("template/roles/0/replicas", 0),
        ContractRow("template/roles/0/replicas", -1, "should be a non-negative integer"),
        ContractRow("template/roles/0/workerReplicas", -1, "should be a non-negative integer"),
        ContractRow("template/roles/0/workerReplicas", 1, "spec.template.roles[0].workerTemplate: Required value"),
        ContractRow("template/roles", [role(["workerReplicas": 1, "workerTemplate": ContractObjects.template("w")])]),
        ContractRow("template/roles", [role([:] as JSONValue), role([:] as JSONValue)], "spec.template.roles"),
        // Where the limits of a rollout stand.
        ContractRow("rolloutStrategy", roleRolling),
        ContractRow("rolloutStrategy", roleRolling.merging(group(["maxUnavailable": 1])), "Forbidden"),
        ContractRow("template/roles/0/partition", 1, "Forbidden"),
        ContractRow("", rolling(["partition": 1])), ContractRow("", rolling(["partition": "25%"])),
        // Limits.
        ContractRow("rolloutStrategy", group(["maxUnavailable": 9, "partition": 2])),
        ContractRow("rolloutStrategy", group(["maxUnavailable": "100%", "partition": "50%"])),
        ContractRow("rolloutStrategy", group(["maxUnavailable": 0]), "must allow at least one of 2 groups"),
        ContractRow("rolloutStrategy", group(["maxUnavailable": "49%"]), "must allow at least one of 2 groups"),
        ContractRow("rolloutStrategy", group(["maxUnavailable": "101%"]), "percentage"),
        ContractRow("rolloutStrategy", group(["maxUnavailable": -1]), "maxUnavailable"),
        ContractRow("rolloutStrategy", group(["partition": "x"]), "partition"),
        ContractRow("rolloutStrategy", ["type": "Recreate"], "spec.rolloutStrategy.type"),
        ContractRow("", rolling(["maxUnavailable": 4])), ContractRow("", rolling(["maxUnavailable": "25%"])),
        ContractRow("", rolling(["maxUnavailable": 5]), "must be at most the role's replicas (4)"),
        ContractRow("", rolling(["maxUnavailable": "24%"]), "must allow at least one of 4 role replicas"),
        // Gangs.
        ContractRow("template/gangPolicy", ["minRoleReplicas": ["prefill": 2]]),
        ContractRow("template/gangPolicy", ["minRoleReplicas": ["prefill": 0]]),
        ContractRow(
            "template/gangPolicy", ["minRoleReplicas": ["prefill": 3]], "between 0 and the role's replicas (2)"),
        ContractRow("template/gangPolicy", ["minRoleReplicas": ["router": 1]], "must name a role of this object"),
        // Recovery.
        ContractRow("recoveryPolicy", "ServingGroupRecreate"), ContractRow("recoveryPolicy", "None"),
        ContractRow("recoveryPolicy", "Never", "spec.recoveryPolicy"),
        ContractRow(
            "", rolling([:] as JSONValue).merging(["recoveryPolicy": "ServingGroupRecreate"]),
            "cannot be combined with RoleRollingUpdate"),
        // Topology.
        ContractRow(
            "template/networkTopology", ["groupPolicy": ["highestTierAllowed": 2], "rolePolicy": ["mode": "soft"]]),
        ContractRow("template/networkTopology", ["groupPolicy": ["highestTierAllowed": -1]], "highestTierAllowed"),
        ContractRow("template/networkTopology", ["groupPolicy": ["mode": "near"]], "mode"),
    ]

    /// What Kthena's own end-to-end tests try of the other kinds, and more.
    static let others: [ContractRow] = [
        ContractRow("backend/replicas", 1, kind: .modelBooster),
        ContractRow("backend/replicas", 1_000_001, "replicas", kind: .modelBooster),
        ContractRow("backend/workers/0/image", "a b", "must not contain white space", kind: .modelBooster),
        ContractRow("backend/workers/0/type", "prefill", "exactly one worker, of type server", kind: .modelBooster),
        ContractRow("backend/workers/0/config", ["port": 0], "between 1 and 65535", kind: .modelBooster),
        ContractRow("backend/modelURI", "pvc://models/q", "must be a pvc:// address", kind: .modelBooster),
        ContractRow("tolerancePercent", 0, kind: .autoscalingPolicy),
        ContractRow(
            "metrics", [["name": "a", "targetValue": "1"], ["name": "a", "targetValue": "2"]], "duplicate metric name",
            kind: .autoscalingPolicy),
        ContractRow(
            "metrics", [["name": "a", "targetValue": "-1"]], "metric target value must be greater than 0",
            kind: .autoscalingPolicy),
        ContractRow("homogeneousTarget/maxReplicas", 0, "maxReplicas", kind: .autoscalingPolicy),
        ContractRow("behavior", ["scaleDown": ["period": "31m"]], "between 0 and 30m", kind: .autoscalingPolicy),
        ContractRow("policyRef", ["name": "load"], kind: .autoscalingPolicyBinding),
        ContractRow("policyRef", ["name": ""], "spec.policyRef.name", kind: .autoscalingPolicyBinding),
        ContractRow("model", "m", kind: .modelServer),
        ContractRow(
            "workloadSelector", ["matchLabels": .object(JSONObject())], "at least one label", kind: .modelServer),
        ContractRow("workloadSelector", ["matchLabels": ["a b": "c"]], "must be a label key", kind: .modelServer),
        ContractRow("workloadPort", ["port": 0], "port", kind: .modelServer),
        ContractRow("loraAdapters", ["a"], kind: .modelRoute),
        ContractRow("loraAdapters", [""], "lora adapter name cannot be an empty string", kind: .modelRoute),
        ContractRow("rules/0/targetModels/0/weight", 0, "must be above 0", kind: .modelRoute),
        ContractRow("rules/0/modelMatch", ["uri": ["regex": "("]], "RE2", kind: .modelRoute),
        ContractRow("model", "gpt", kind: .externalModelProvider),
        ContractRow("baseURL", "http://api.example.org", "baseURL", kind: .externalModelProvider),
        ContractRow("baseURL", "https://me@api.example.org", "auth.secretRef", kind: .externalModelProvider),
        ContractRow("headers", ["Cookie": "a"], "this header is set by the gateway", kind: .externalModelProvider),
    ]
}

/// Sound objects of each kind.
enum ContractObjects {
    static func template(_ image: String) -> JSONValue {
        ["spec": ["containers": [["name": "engine", "image": .string(image)]]]]
    }

    private static func object(_ kind: ResourceKind, _ spec: JSONValue) -> JSONValue {
        [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": ["name": "ds"],
            "spec": spec,
        ]
    }

    static let serving = object(
        .modelServing,
        [
            "replicas": 2,
            "template": [
                "roles": [
                    ["name": "prefill", "replicas": 2, "workerReplicas": 0, "entryTemplate": template("vllm")]
                ]
            ],
        ])
    static let booster = object(
        .modelBooster,
        [
            "backend": [
                "name": "main", "type": "vLLM", "modelURI": "hf://Qwen/Qwen2.5-0.5B", "replicas": 1,
                "cacheURI": "hostpath:///tmp/cache",
                "workers": [["type": "server", "image": "vllm", "replicas": 1, "pods": 1]],
            ]
        ])
    static let binding = object(
        .autoscalingPolicyBinding,
        [
            "policyRef": ["name": "load"],
            "homogeneousTarget": [
                "target": ["targetRef": ["name": "ds"]], "minReplicas": 1, "maxReplicas": 2,
            ],
        ])
    static let server = object(
        .modelServer,
        [
            "inferenceEngine": "vLLM", "workloadPort": ["port": 8_000],
            "workloadSelector": ["matchLabels": ["app": "ds"]],
        ])
    static let route = object(
        .modelRoute, ["modelName": "ds", "rules": [["targetModels": [["modelServerName": "ds"]]]]])
    static let provider = object(.externalModelProvider, ["baseURL": "https://api.example.org/v1"])
}
