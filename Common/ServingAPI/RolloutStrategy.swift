/// How a change of the template reaches the pods.
package struct RolloutStrategy: Sendable, Hashable {
    /// What is replaced.
    package enum Kind: String, Sendable, CaseIterable {
        /// Whole groups are replaced.
        case servingGroup = "ServingGroupRollingUpdate"
        /// Only the role replicas whose role changed, within their groups.
        case role = "RoleRollingUpdate"
    }

    package var kind: Kind
    /// Groups that may be down during a rollout.
    package var maxUnavailable: IntOrPercent
    /// Groups below this ordinal keep the old revision; nil to roll all.
    package var partition: IntOrPercent?
    /// Groups that may stand beyond `replicas` during a rollout, a share rounded up; nil for none.
    package var maxSurge: IntOrPercent?

    init(_ reader: FieldReader?) throws(FieldProblem) {
        kind = try reader?.member("type")?.oneOf(Kind.self) ?? ServingDefaults.rolloutType
        let rolling = try reader?.member("rollingUpdateConfiguration")
        maxUnavailable = try rolling?.member("maxUnavailable")?.intOrPercent() ?? ServingDefaults.maxUnavailable
        partition = try rolling?.member("partition")?.intOrPercent()
        maxSurge = try rolling?.member("maxSurge")?.intOrPercent()
    }
}
