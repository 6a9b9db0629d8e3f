import JSONValues
import SystemFiles
import TestKit
import Testing

/// C38: what the webhooks say to objects that are only tried.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct AdmissionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var manifest: JSONValue
        /// A part of the refusal; nil where the object is accepted.
        var refusal: String?
    }

    static let rows = [
        Row(testDescription: "a booster", manifest: booster(replicas: 1)),
        Row(
            testDescription: "a booster of too many replicas", manifest: booster(replicas: 1_000_001),
            refusal: "replicas"),
        Row(
            testDescription: "a metric twice", manifest: policy(metrics: [("load", "5"), ("load", "6")]),
            refusal: "duplicate metric name"),
        Row(
            testDescription: "a negative target", manifest: policy(metrics: [("load", "-1")]),
            refusal: "metric target value must be greater than 0"),
        Row(
            testDescription: "negative replicas", manifest: serving(replicas: -1),
            refusal: "should be a non-negative integer"),
    ]

    @Test(arguments: rows) func `C38: an object that is only tried is accepted or refused`(row: Row) async throws {
        let result = try await Self.dryRun(row.manifest)
        #expect(result.succeeded == (row.refusal == nil), "\(result.output)\(result.errors)")
        #expect(result.errors.contains(row.refusal ?? ""), "\(result.errors)")
    }

    @Test func `C38: a policy without behaviour gets the defaults`() async throws {
        let result = try await Self.dryRun(Self.policy(metrics: [("load", "5")]))
        #expect(result.succeeded, "\(result.errors)")
        let behavior = try JSONValue.parse(result.output)[path: "spec", "behavior"]
        #expect(behavior?[path: "scaleDown", "stabilizationWindow"] == "5m")
    }

    private static func dryRun(_ manifest: JSONValue) async throws -> Command {
        let folder = try Repository.temporaryFolder("dry-run")
        try Files.write(manifest.text(), to: "\(folder)/object.json")
        let kubectl = Kubectl(kubeconfig: ControlPlane.kubeconfig ?? "", cache: "\(folder)/cache")
        let result = try await kubectl([
            "create", "--dry-run=server", "--output=json", "--filename=\(folder)/object.json",
        ])
        _ = try await Command.run("rm", ["-rf", folder])
        return result
    }

    private static func object(_ kind: String, _ spec: JSONValue) -> JSONValue {
        [
            "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": .string(kind),
            "metadata": ["name": "tried", "namespace": "default"], "spec": spec,
        ]
    }

    private static func booster(replicas: Int) -> JSONValue {
        object(
            "ModelBooster",
            [
                "backend": [
                    "name": "backend", "type": "vLLM", "modelURI": "hf://Qwen/Qwen2.5-0.5B-Instruct",
                    "cacheURI": "hostpath:///tmp/cache", "replicas": JSONValue(replicas),
                    "workers": [
                        ["type": "server", "image": "vllm/vllm-openai:latest", "replicas": 1, "pods": 1]
                    ],
                ]
            ])
    }

    private static func policy(metrics: [(name: String, target: String)]) -> JSONValue {
        object(
            "AutoscalingPolicy",
            [
                "metrics": .array(
                    metrics.map { ["name": .string($0.name), "targetValue": .string($0.target)] }),
                "homogeneousTarget": [
                    "target": ["targetRef": ["kind": "ModelServing", "name": "chat"]], "minReplicas": 1,
                    "maxReplicas": 5,
                ],
            ])
    }

    private static func serving(replicas: Int) -> JSONValue {
        var fixture = ServingFixture("tried")
        fixture.replicas = replicas
        return object("ModelServing", fixture.spec)
    }
}
