import JSONValues
package import KubernetesAPI

/// A view of an AutoscalingPolicy: what is measured, the value wanted, and whose replicas follow. Read with every
/// default filled in and fields of earlier schema generations under their names of today.
package struct AutoscalingPolicy: Sendable, Hashable {
    package let object: KubernetesObject
    /// Percent by which load may miss its target before replicas change: 0 to 100.
    package var tolerancePercent: Int
    package var metrics: [ScalingMetric]
    package var behavior: ScalingBehavior
    package var homogeneousTarget: HomogeneousTarget?
    package var heterogeneousTarget: HeterogeneousTarget?
    package var disaggregatedTarget: DisaggregatedTarget?

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let json = AutoscalingPolicy.completed(object.json)
        let spec = try FieldReader(json: json, path: "").required("spec")
        tolerancePercent = try spec.member("tolerancePercent")?.count() ?? ServingDefaults.tolerancePercent
        metrics = try ScalingMetric.list(spec.member("metrics"))
        behavior = try ScalingBehavior(spec.required("behavior"))
        if let target = try spec.member("homogeneousTarget") { homogeneousTarget = try HomogeneousTarget(target) }
        if let target = try spec.member("heterogeneousTarget") { heterogeneousTarget = try HeterogeneousTarget(target) }
        if let target = try spec.member("disaggregatedTarget") { disaggregatedTarget = try DisaggregatedTarget(target) }
    }

    package var key: ObjectKey { object.key }

    /// Whether this is a policy of the schema generations in which an AutoscalingPolicyBinding held the target.
    package var isOfEarlierGeneration: Bool {
        (object.spec["metrics"]?.elements ?? []).contains { $0["metricName"]?.string?.isEmpty == false }
    }
}

/// A measured quantity and the value wanted of it for each replica.
package struct ScalingMetric: Sendable, Hashable {
    /// The policy's name for it, unique in its list.
    package var name: String
    /// Above 0.
    package var targetValue: Quantity

    init(_ reader: FieldReader) throws(FieldProblem) {
        name = try reader.required("name").string()
        targetValue = try reader.required("targetValue").quantity()
    }

    static func list(_ reader: FieldReader?) throws(FieldProblem) -> [ScalingMetric] {
        var metrics: [ScalingMetric] = []
        for metric in try reader?.elements() ?? [] { metrics.append(try ScalingMetric(metric)) }
        return metrics
    }
}
