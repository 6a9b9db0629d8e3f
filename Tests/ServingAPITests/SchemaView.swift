import JSONValues
import KubernetesAPI
import ServingAPI

/// One kind whose schema and view are held together: a row of `SchemaFieldTests`. A new kind is one row more.
struct SchemaView: Sendable, CustomStringConvertible {
    var plural: String
    /// Objects that between them use every field of the schema; members of maps are called `*`.
    var objects: [JSONValue]
    /// Fields the view leaves to others, reads only where a newer one is absent, or ignores, by how their paths begin.
    var unread: [String]
    /// Reads an object as the controllers do.
    var read: @Sendable (KubernetesObject) throws(FieldProblem) -> Void

    var description: String { plural }

    /// The fault that keeps an object from being read.
    func problem(_ object: JSONValue) -> FieldProblem? {
        do throws(FieldProblem) {
            try read(KubernetesObject(object))
            return nil
        } catch {
            return error
        }
    }

    static let all = [serving, booster, policy, binding, server, route, provider]

    static let serving = SchemaView(
        plural: "modelservings", objects: [FullObjects.serving],
        unread: [
            "spec.plugins[]", "spec.topologySpreadConstraints[]", "spec.template.roles[].entryTemplate.metadata",
            "spec.template.roles[].entryTemplate.spec", "spec.template.roles[].workerTemplate.metadata",
            "spec.template.roles[].workerTemplate.spec", "spec.template.networkTopology.mode",
            "spec.template.networkTopology.highestTierAllowed", "spec.template.gangPolicy.networkTopology",
        ]
    ) { object throws(FieldProblem) in _ = try ModelServing(object) }

    static let booster = SchemaView(
        plural: "modelboosters", objects: FullObjects.boosters,
        unread: [
            "spec.modelMatch.headers.*", "spec.modelMatch.uri.exact", "spec.modelMatch.uri.prefix",
            "spec.backend.env[]", "spec.backend.envFrom[]", "spec.backend.workers[].tolerations[]",
            "spec.backend.maxReplicas", "spec.backend.scalingCost", "spec.backend.routeWeight",
            "spec.backend.scaleToZeroGracePeriod", "spec.backend.autoscalingPolicy", "spec.backend.loraAdapters",
            "spec.backends[]", "spec.autoscalingPolicy", "spec.costExpansionRatePercent",
        ]
    ) { object throws(FieldProblem) in _ = try ModelBooster(object) }

    static let policy = SchemaView(
        plural: "autoscalingpolicies", objects: FullObjects.policies,
        unread: [
            "spec.homogeneousTarget.target.targetRef.apiVersion",
            "spec.heterogeneousTarget.params[].target.targetRef.apiVersion",
            "spec.disaggregatedTarget.targetRef.apiVersion",
        ]
            + ["homogeneousTarget.target", "heterogeneousTarget.params[].target", "disaggregatedTarget.roles.*"]
            .flatMap {
                [
                    "spec.\($0).metricSources.*.pod.labelSelector.matchLabels",
                    "spec.\($0).metricSources.*.pod.labelSelector.matchExpressions",
                    "spec.\($0).metricSources.*.prometheus.auth",
                ]
            }
    ) { object throws(FieldProblem) in _ = try AutoscalingPolicy(object) }

    static let binding = SchemaView(
        plural: "autoscalingpolicybindings", objects: FullObjects.bindings,
        unread: FullObjects.bindingTargets.flatMap { target in
            [
                "\(target).targetRef.apiVersion", "\(target).subTargets", "\(target).additionalMatchLabels",
                "\(target).metricEndpoint.labelSelector.matchLabels",
                "\(target).metricEndpoint.labelSelector.matchExpressions",
            ]
        } + ["spec.policyRef"]
    ) { object throws(FieldProblem) in
        let binding = try AutoscalingPolicyBinding(object)
        _ = try AutoscalingPolicy(binding.merged(with: KubernetesObject(FullObjects.policyOfBindings)))
    }

    static let server = SchemaView(
        plural: "modelservers", objects: [FullObjects.server], unread: []
    ) { object throws(FieldProblem) in _ = try ModelServer(object) }

    static let route = SchemaView(
        plural: "modelroutes", objects: [FullObjects.route],
        unread: [
            "spec.parentRefs[]", "spec.rules[].targetModels[].externalModelProviderName",
            "spec.rules[].modelMatch.headers.*", "spec.rules[].modelMatch.uri.exact",
            "spec.rules[].modelMatch.uri.prefix",
        ]
    ) { object throws(FieldProblem) in _ = try ModelRoute(object) }

    static let provider = SchemaView(
        plural: "externalmodelproviders", objects: [FullObjects.provider], unread: []
    ) { object throws(FieldProblem) in _ = try ExternalModelProvider(object) }
}
