import JSONValues
package import KubernetesAPI

/// The fewest and the most replicas of something.
package struct ReplicaBounds: Sendable, Hashable {
    /// 0 to 1,000,000.
    package var min: Int
    /// 1 to 1,000,000, at least `min`.
    package var max: Int

    init(_ reader: FieldReader) throws(FieldProblem) {
        min = try reader.required("minReplicas").count()
        max = try reader.required("maxReplicas").count()
    }

    /// Whether no load changes the count.
    package var isFixed: Bool { min == max }
}

/// What is scaled, by reference.
package struct TargetReference: Sendable, Hashable {
    /// Empty means ModelServing.
    package var kind: String
    package var name: String
    /// Empty means the policy's own.
    package var namespace: String

    init(_ reader: FieldReader) throws(FieldProblem) {
        kind = try reader.member("kind")?.string() ?? ""
        name = try reader.member("name")?.string() ?? ""
        namespace = try reader.member("namespace")?.string() ?? ""
    }
}

/// A ModelServing and where its load is measured.
package struct ScalingTarget: Sendable, Hashable {
    package var reference: TargetReference
    /// By the policy's name of the metric; a metric without one is read from the pods with the defaults.
    package var sources: [String: MetricSource]

    init(_ reader: FieldReader) throws(FieldProblem) {
        reference = try TargetReference(reader.required("targetRef"))
        sources = try MetricSource.map(reader.member("metricSources"))
    }
}

/// One ModelServing whose groups are scaled.
package struct HomogeneousTarget: Sendable, Hashable {
    package var target: ScalingTarget
    package var bounds: ReplicaBounds

    init(_ reader: FieldReader) throws(FieldProblem) {
        target = try ScalingTarget(reader.required("target"))
        bounds = try ReplicaBounds(reader)
    }
}

/// Several ModelServings of one model on different hardware, scaled together by cost.
package struct HeterogeneousTarget: Sendable, Hashable {
    package var parameters: [Parameter]
    /// Percent by which each further step of one ModelServing grows, 0 or more.
    package var costExpansionRatePercent: Int

    init(_ reader: FieldReader) throws(FieldProblem) {
        parameters = []
        for parameter in try reader.member("params")?.elements() ?? [] { parameters.append(try Parameter(parameter)) }
        costExpansionRatePercent =
            try reader.member("costExpansionRatePercent")?.count() ?? ServingDefaults.costExpansionRatePercent
    }

    /// One of the ModelServings.
    package struct Parameter: Sendable, Hashable {
        package var target: ScalingTarget
        /// What one of its groups costs, in any unit, 0 or more.
        package var cost: Int
        package var bounds: ReplicaBounds

        init(_ reader: FieldReader) throws(FieldProblem) {
            target = try ScalingTarget(reader.required("target"))
            cost = try reader.member("cost")?.integer() ?? 0
            bounds = try ReplicaBounds(reader)
        }
    }
}

/// One ModelServing whose roles are scaled apart.
package struct DisaggregatedTarget: Sendable, Hashable {
    package var reference: TargetReference
    /// One or two roles.
    package var roles: [String: RoleScaling]
    package var ratio: RatioConstraint?

    init(_ reader: FieldReader) throws(FieldProblem) {
        reference = try TargetReference(reader.required("targetRef"))
        roles = [:]
        for (name, role) in try reader.required("roles").members() { roles[name] = try RoleScaling(role) }
        if let ratio = try reader.member("ratioConstraint") { self.ratio = try RatioConstraint(ratio) }
    }

    /// How one role is scaled.
    package struct RoleScaling: Sendable, Hashable {
        package var bounds: ReplicaBounds
        /// None means the policy's metrics.
        package var metrics: [ScalingMetric]
        package var sources: [String: MetricSource]

        init(_ reader: FieldReader) throws(FieldProblem) {
            bounds = try ReplicaBounds(reader)
            metrics = try ScalingMetric.list(reader.member("metrics"))
            sources = try MetricSource.map(reader.member("metricSources"))
        }
    }

    /// How many replicas of one role there may be for each of the other.
    package struct RatioConstraint: Sendable, Hashable {
        package var numerator: String
        package var denominator: String
        /// Nil for no least ratio.
        package var min: Quantity?
        /// Nil for no greatest ratio.
        package var max: Quantity?

        init(_ reader: FieldReader) throws(FieldProblem) {
            numerator = try reader.required("numeratorRole").string()
            denominator = try reader.required("denominatorRole").string()
            min = try reader.member("minRatio")?.quantity()
            max = try reader.member("maxRatio")?.quantity()
        }
    }
}
