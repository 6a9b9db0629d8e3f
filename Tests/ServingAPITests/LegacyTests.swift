import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Objects of earlier schema generations mean what they meant.
@Suite struct LegacyTests {
    static let endpoint: JSONValue = ["uri": "/m", "port": 30_000]

    static func binding(_ target: JSONValue) -> JSONValue {
        var object = TestObjects.binding
        object["spec"] = (["policyRef": ["name": "load"]] as JSONValue).merging(target)
        return object
    }

    static let policy: JSONValue = {
        var object = TestObjects.policy
        object[path: "metadata", "name"] = "load"
        object[path: "spec", "homogeneousTarget"] = nil
        object[path: "spec", "metrics"] = [["metricName": "running", "targetValue": 4]]
        return object
    }()

    @Test func `a metric's old name is its name, and the target may be a binding's`() throws {
        let review = AdmissionRules.review(.autoscalingPolicy, Self.policy)
        #expect(review.problems == [])
        #expect(review.object[path: "spec", "metrics"]?[0]?["name"] == "running")
        #expect(review.warnings.count == 2)
        #expect(try AutoscalingPolicy(KubernetesObject(Self.policy)).metrics.map(\.name) == ["running"])
        // Stored with both names it is still one of its generation.
        #expect(AdmissionRules.review(.autoscalingPolicy, review.object).problems == [])
    }

    @Test(
        arguments: [
            [
                "homogeneousTarget": [
                    "target": ["targetRef": ["name": "ds"], "metricEndpoint": endpoint], "minReplicas": 1,
                    "maxReplicas": 3,
                ]
            ],
            [
                "scalingConfiguration": [
                    "target": ["targetRef": ["name": "ds"], "metricEndpoint": endpoint], "minReplicas": 1,
                    "maxReplicas": 3,
                ]
            ],
        ] as [JSONValue])
    func `a binding and its policy are one policy`(target: JSONValue) throws {
        let object = Self.binding(target)
        #expect(Validation.problems(.autoscalingPolicyBinding, object) == [])
        let binding = try AutoscalingPolicyBinding(KubernetesObject(object))
        let merged = binding.merged(with: KubernetesObject(Self.policy))
        #expect(merged.key == ObjectKey(namespace: "dev", name: "ds") && merged.kind == "AutoscalingPolicy")
        #expect(Validation.problems(.autoscalingPolicy, merged.json) == [])
        let policy = try AutoscalingPolicy(merged)
        let found = try #require(policy.homogeneousTarget)
        #expect(found.bounds.min == 1 && found.bounds.max == 3 && found.target.reference.name == "ds")
        guard case .pod(let pod)? = found.target.sources["running"] else {
            Issue.record("the metric is not read from the pods")
            return
        }
        #expect(pod.uri == "/m" && pod.port == 30_000)
    }

    @Test func `additional labels of the first generation select pods`() throws {
        let object = Self.binding([
            "scalingConfiguration": [
                "target": ["targetRef": ["name": "ds"], "additionalMatchLabels": ["ray": "head"]], "minReplicas": 1,
                "maxReplicas": 3,
            ]
        ])
        let merged = try AutoscalingPolicyBinding(KubernetesObject(object)).merged(with: KubernetesObject(Self.policy))
        guard case .pod(let pod)? = try AutoscalingPolicy(merged).homogeneousTarget?.target.sources["running"] else {
            Issue.record("the metric is not read from the pods")
            return
        }
        #expect(pod.labelSelector == ["matchLabels": ["ray": "head"]])
    }

    @Test(
        arguments: [
            [
                "targetRef": ["kind": "ModelServing/Role", "name": "ds"],
                "subTargets": ["kind": "Role", "name": "decode"],
            ],
            ["targetRef": ["name": "ds"], "subTargets": ["kind": "Role", "name": "decode"]],
            ["targetRef": ["kind": "ModelServing/Role", "name": "ds/decode"]],
        ] as [JSONValue]) func `a role as a target is a disaggregated one`(target: JSONValue) throws
    {
        let object = Self.binding(["homogeneousTarget": ["target": target, "minReplicas": 1, "maxReplicas": 3]])
        #expect(Validation.problems(.autoscalingPolicyBinding, object) == [])
        var withEndpoint = object
        withEndpoint[path: "spec", "homogeneousTarget", "target", "metricEndpoint"] = Self.endpoint
        let binding = try AutoscalingPolicyBinding(KubernetesObject(withEndpoint))
        let merged = binding.merged(with: KubernetesObject(Self.policy))
        #expect(Validation.problems(.autoscalingPolicy, merged.json) == [])
        let found = try #require(try AutoscalingPolicy(merged).disaggregatedTarget)
        #expect(found.reference.name == "ds" && found.roles.keys.sorted() == ["decode"])
    }

    @Test(
        arguments: [
            (["heterogeneousTarget": ["params": []]], "spec.heterogeneousTarget.params"),
            (["optimizerConfiguration": ["params": []]], "spec.optimizerConfiguration.params"),
            (.object(JSONObject()), "spec"),
            (["homogeneousTarget": ["minReplicas": 1, "maxReplicas": 2]], "spec.homogeneousTarget.target"),
            (
                [
                    "homogeneousTarget": [
                        "target": ["targetRef": ["name": "ds"], "metricEndpoint": ["port": 0]], "minReplicas": 1,
                        "maxReplicas": 2,
                    ]
                ], "spec.homogeneousTarget.target.metricEndpoint.port"
            ),
            (
                [
                    "homogeneousTarget": ["target": ["targetRef": ["name": "ds"]], "minReplicas": 3, "maxReplicas": 2]
                ], "spec.homogeneousTarget.minReplicas"
            ),
            (
                [
                    "heterogeneousTarget": [
                        "params": [["target": ["targetRef": ["name": "ds"], "subTargets": ["name": "decode"]]]]
                    ]
                ], "spec.heterogeneousTarget.params[0].target"
            ),
        ] as [(JSONValue, String)]) func `a binding that means nothing is refused`(target: JSONValue, field: String)
    { #expect(Validation.problems(.autoscalingPolicyBinding, Self.binding(target)).map(\.field) == [field]) }

    @Test func `a backend's bounds are its replicas, and a policy where they differ`() throws {
        var object = TestObjects.booster
        object[path: "spec", "backend", "replicas"] = nil
        object[path: "spec", "backend", "minReplicas"] = 2
        object[path: "spec", "backend", "maxReplicas"] = 5
        #expect(AdmissionRules.review(.modelBooster, object).problems == [])
        #expect(try ModelBooster(KubernetesObject(object)).backend.replicas == 2)
        #expect(try ModelBooster(KubernetesObject(object)).policyOfEarlierGenerations == nil)
        object[path: "spec", "autoscalingPolicy"] = ["metrics": [["metricName": "load", "targetValue": 1]]]
        let policy = try #require(try ModelBooster(KubernetesObject(object)).policyOfEarlierGenerations)
        #expect(policy.key == ObjectKey(namespace: "dev", name: "qwen-main"))
        #expect(Validation.problems(.autoscalingPolicy, policy.json) == [])
        #expect(try AutoscalingPolicy(policy).homogeneousTarget?.bounds.max == 5)
    }

    @Test func `the first of several backends is the backend, and the rest is told of`() throws {
        var object = TestObjects.booster
        let backend = try #require(object[path: "spec", "backend"])
        object["spec"] = ["backends": [backend.merging(["loraAdapters": [["name": "a"]]]), backend]]
        let review = AdmissionRules.review(.modelBooster, object)
        #expect(review.problems == [])
        #expect(review.object[path: "spec", "backend", "name"] == "main")
        #expect(review.warnings.count == 3, "\(review.warnings)")
        object["spec"] = ["backend": backend.merging(["type": "SGLang"])]
        #expect(AdmissionRules.review(.modelBooster, object).warnings.count == 1)
    }

    @Test func `what may not change is told`() throws {
        var old = TestObjects.serving
        old[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["prefill": 1]]
        var new = TestObjects.serving
        #expect(AdmissionRules.review(.modelServing, new, old: old).problems.map(\.kind) == [.required])
        new[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["prefill": 2]]
        let fields = AdmissionRules.review(.modelServing, new, old: old).problems.map(\.field)
        #expect(fields == ["spec.template.gangPolicy.minRoleReplicas"])
        #expect(AdmissionRules.review(.modelServing, new, old: TestObjects.serving).problems == [])
        let renamed = try RuleRow("modelName", "other").applied(to: TestObjects.route)
        #expect(AdmissionRules.review(.modelRoute, renamed, old: TestObjects.route).problems.count == 1)
    }
}
