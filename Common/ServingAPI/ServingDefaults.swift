/// The value of every field that may be left out, in one place; the CRDs state the same ones.
package enum ServingDefaults {
    package static let replicas = 1
    package static let schedulerName = Keys.volcanoScheduler
    package static let restartGracePeriodSeconds = 0
    package static let roleReplicas = 1
    /// Left out, a role has no workers.
    package static let workerReplicas = 0
    package static let maxUnavailable = IntOrPercent.count(1)
    package static let rolloutType = RolloutStrategy.Kind.servingGroup
    package static let recoveryPolicy = RecoveryPolicy.roleRecreate
    package static let topologyMode = NetworkTopology.Mode.hard
    package static let workloadProtocol = WorkloadPort.Scheme.http
    package static let retryInterval = Duration.milliseconds(100)
    package static let kvConnector = KVConnector.http
    package static let targetWeight = 100
    package static let rateLimitUnit = RateLimit.Unit.second
}
