import JSONValues
import KubernetesAPI
import ServingAPI
import TestKit
import Testing

/// The definitions of `deploy/crds` on either server: what their schemas and rules accept, refuse and fill in.
///
/// Rows hold for the schemas alone, as on a server without our webhooks.
@Suite(.serialized) struct ServingKindContract {
    struct Row: Sendable, CustomStringConvertible {
        var kind: ResourceKind
        /// JSON patch operations `add` at paths below `spec`, on the smallest object of the kind.
        var changes: [String: JSONValue]
        /// A part of the message of the refusal; nil where the object is accepted.
        var refusal: String?

        init(_ kind: ResourceKind, _ changes: [String: JSONValue], refused refusal: String? = nil) {
            self.kind = kind
            self.changes = changes
            self.refusal = refusal
        }

        var description: String { "\(kind.plural) \(changes)" }
    }

    static let rows: [Row] = [
        Row(.modelServing, [:]), Row(.modelServing, ["replicas": 0]),
        Row(.modelServing, ["replicas": "two"], refused: "spec.replicas"),
        Row(.modelServing, ["template/roles": []], refused: "spec.template.roles"),
        Row(.modelServing, ["template/roles/0/name": "much-too-long-name"], refused: "spec.template.roles[0].name"),
        Row(.modelServing, ["template/roles/0/name": "a_b"], refused: "spec.template.roles[0].name"),
        Row(.modelServing, ["template/roles/0/name": "405b"]),
        Row(.modelServing, ["template/roles/1": ["name": "a", "entryTemplate": template]], refused: "Duplicate value"),
        Row(.modelServing, ["recoveryPolicy": "Never"], refused: "spec.recoveryPolicy"),
        Row(.modelServing, ["rolloutStrategy": ["type": "RoleRollingUpdate"]]),
        Row(.modelServing, ["template/networkTopology": ["mode": "soft", "highestTierAllowed": 1]]),
        Row(.modelServing, ["template/gangPolicy": ["networkTopology": ["mode": "hard", "highestTierAllowed": 2]]]),
        Row(.modelServing, ["plugins": [["name": "demo-pod-tweaks"]]]),
        Row(.modelServing, ["plugins": [["name": "p", "type": "Remote"]]], refused: "spec.plugins[0].type"),
        Row(.modelServer, [:]),
        Row(.modelServer, ["workloadPort/port": 0], refused: "spec.workloadPort.port"),
        Row(.modelServer, ["workloadPort/port": 65_536], refused: "spec.workloadPort.port"),
        Row(.modelServer, ["inferenceEngine": "TGI"], refused: "spec.inferenceEngine"),
        Row(.modelServer, ["kvConnector": ["type": "carrier"]], refused: "spec.kvConnector.type"),
        Row(.modelRoute, [:]),
        Row(.modelRoute, ["modelName": ""], refused: "set modelName, loraAdapters or both"),
        Row(.modelRoute, ["modelName": "", "loraAdapters": ["l"]]),
        Row(.modelRoute, ["rules/0/targetModels": []], refused: "targetModels"),
        Row(.modelRoute, ["rules/0/targetModels/0/externalModelProviderName": "p"], refused: "exactly one"),
        Row(.modelRoute, ["rules/0/targetModels/0/weight": 101], refused: "weight"),
        Row(.modelBooster, [:]),
        Row(.modelBooster, ["backend/replicas": 1_000_001], refused: "spec.backend.replicas"),
        Row(.modelBooster, ["backend/modelURI": "ftp://m"], refused: "spec.backend.modelURI"),
        Row(.modelBooster, ["backend/workers": []], refused: "spec.backend.workers"),
        Row(.modelBooster, ["backend/minReplicas": 1, "backend/maxReplicas": 3]),
        Row(.autoscalingPolicy, [:]),
        Row(.autoscalingPolicy, ["tolerancePercent": 101], refused: "spec.tolerancePercent"),
        Row(.autoscalingPolicy, ["metrics": [["targetValue": 1]]], refused: "name is required"),
        Row(.autoscalingPolicy, ["metrics": [["metricName": "m", "targetValue": "500m"]]]),
        Row(
            .autoscalingPolicy, ["homogeneousTarget/target/metricSources": ["m": [:]]],
            refused: "exactly one of pod and prometheus"),
        Row(.autoscalingPolicy, ["homogeneousTarget/maxReplicas": 0], refused: "maxReplicas"),
        Row(.autoscalingPolicyBinding, [:]),
        Row(.autoscalingPolicyBinding, ["scalingConfiguration": scaled], refused: "set exactly one of"),
        Row(
            .autoscalingPolicyBinding, ["homogeneousTarget/target/metricEndpoint": ["port": 0]],
            refused: "metricEndpoint.port"),
        Row(.externalModelProvider, [:]),
        Row(.externalModelProvider, ["baseURL": "http://p"], refused: "spec.baseURL"),
        Row(
            .externalModelProvider, ["auth": ["secretRef": ["name": "s", "key": "k", "optional": true]]],
            refused: "cannot be optional"),
    ]

    private static let template: JSONValue = ["spec": ["containers": [["name": "c", "image": "i"]]]]
    private static let scaled: JSONValue = [
        "target": ["targetRef": ["name": "s"]], "minReplicas": 1, "maxReplicas": 2,
    ]
    private static let smallest: [ResourceKind: JSONValue] = [
        .modelServing: ["template": ["roles": [["name": "a", "entryTemplate": template]]]],
        .modelServer: [
            "inferenceEngine": "vLLM", "workloadPort": ["port": 1], "workloadSelector": ["matchLabels": ["a": "b"]],
        ],
        .modelRoute: ["modelName": "m", "rules": [["targetModels": [["modelServerName": "s"]]]]],
        .modelBooster: [
            "backend": [
                "name": "b", "type": "vLLM", "modelURI": "hf://m", "replicas": 1, "workers": [["image": "i"]],
            ]
        ],
        .autoscalingPolicy: ["metrics": [["name": "m", "targetValue": 1]], "homogeneousTarget": scaled],
        .autoscalingPolicyBinding: ["policyRef": ["name": "p"], "homogeneousTarget": scaled],
        .externalModelProvider: ["baseURL": "https://p"],
    ]

    private static func object(_ kind: ResourceKind, _ name: String) -> JSONValue {
        [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": ["name": .string(name)],
            "spec": smallest[kind] ?? .null,
        ]
    }

    /// Puts the definitions in place, newer ones over older ones, and waits until their kinds are served.
    private static func install(_ server: ContractServer) async throws {
        let path = ResourceKind.customResourceDefinition.path()
        for file in SchemaFiles.files(in: "deploy/crds") {
            for definition in try SchemaFiles.documents(file) {
                let answer = try await server.api.send(
                    "PATCH", "\(path)/\(definition.name)?fieldManager=contract&force=true", definition,
                    type: "application/apply-patch+yaml")
                try #require([200, 201].contains(answer.code), "\(file): \(answer.text)")
                #expect(answer.warnings == [], "\(file)")
            }
        }
        for kind in AdmissionRules.kinds {
            try await server.eventually("\(kind.plural) are served") { try await $0.get(kind.path()).code == 200 }
        }
    }

    @Test func `schemas accept and refuse what their rows say`() async throws {
        try await ContractServer.run { server in
            try await Self.install(server)
            for (index, row) in Self.rows.enumerated() {
                let changes: [JSONValue] = row.changes.sorted { $0.key < $1.key }.map { path, value in
                    ["op": "add", "path": .string("/spec/\(path)"), "value": value]
                }
                let object = try Self.object(row.kind, "r\(index)").applying(patch: .array(changes))
                let path = row.kind.path(namespace: server.namespace)
                let answer = try await server.api.post("\(path)?fieldValidation=Strict", object)
                if let refusal = row.refusal {
                    #expect(answer.code == 422, "\(row): \(answer.text)")
                    #expect(answer.body["message"]?.string?.contains(refusal) == true, "\(row): \(answer.text)")
                } else {
                    #expect(answer.code == 201, "\(row): \(answer.text)")
                }
            }
        }
    }

    @Test func `defaults are filled in, and rules about change hold`() async throws {
        try await ContractServer.run { server in
            try await Self.install(server)
            let path = ResourceKind.modelServing.path(namespace: server.namespace)
            var object = Self.object(.modelServing, "m")
            object[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["a": 1]]
            let made = try await server.api.post(path, object)
            try #require(made.code == 201, "\(made.text)")
            let spec = made.body["spec"] ?? .null
            #expect(
                spec["replicas"] == 1 && spec["schedulerName"] == "volcano" && spec["recoveryPolicy"] == "RoleRecreate")
            #expect(spec[path: "template", "roles"]?[0]?["workerReplicas"] == 0)
            let moved: JSONValue = ["spec": ["template": ["gangPolicy": ["minRoleReplicas": ["a": 0]]]]]
            let changed = try await server.api.patch("\(path)/m", moved)
            #expect(changed.code == 422 && changed.text.contains("cannot be changed"), "\(changed.text)")
            let dropped = try await server.api.patch("\(path)/m", ["spec": ["template": ["gangPolicy": .null]]])
            #expect(dropped.code == 422 && dropped.text.contains("cannot be removed"), "\(dropped.text)")
            let scale = try await server.api.get("\(path)/m/scale")
            #expect(scale.body[path: "spec", "replicas"] == 1)
            let routes = ResourceKind.modelRoute.path(namespace: server.namespace)
            _ = try await server.api.post(routes, Self.object(.modelRoute, "r"))
            let renamed = try await server.api.patch("\(routes)/r", ["spec": ["modelName": "n"]])
            #expect(renamed.code == 422 && renamed.text.contains("cannot be changed"), "\(renamed.text)")
        }
    }

    @Test(.enabled("kubectl is not on PATH") { await Kubectl.isPresent })
    func `old fields are told to whoever writes them`() async throws {
        try await Kubectl.contract { kubectl, server in
            try await Self.install(server)
            var object = Self.object(.modelServing, "m")
            object[path: "spec", "template", "networkTopology"] = ["mode": "soft"]
            let applied = try await kubectl.apply(object.text())
            #expect(applied.succeeded, "\(applied.errors)")
            // On a real control plane these warnings are the webhooks'.
            guard ContractServer.isEmbedded else { return }
            #expect(applied.errors.contains("Warning: spec.template.networkTopology"), "\(applied.errors)")
            let status = try await server.api.patch(
                "\(ResourceKind.modelServing.path(namespace: server.namespace, name: "m"))/status",
                ["status": ["replicas": 1]])
            #expect(status.code == 200 && status.warnings == [])
            let binding = try await kubectl.apply(Self.object(.autoscalingPolicyBinding, "b").text())
            #expect(binding.errors.contains("Warning: AutoscalingPolicyBinding"), "\(binding.errors)")
        }
    }
}
