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
    /// Of `networkTopology` as it was before it had policies.
    package static let earlierHighestTier = 1
    package static let workloadProtocol = WorkloadPort.Scheme.http
    package static let retryInterval = Duration.milliseconds(100)
    package static let kvConnector = KVConnector.http
    package static let targetWeight = 100
    package static let rateLimitUnit = RateLimit.Unit.second
    package static let tolerancePercent = 10
    package static let stableInstances = 1
    package static let stablePercent = 100
    package static let stablePeriod = Duration.seconds(15)
    package static let panicPercent = 1_000
    package static let panicThresholdPercent = 200
    package static let panicModeHold = Duration.seconds(60)
    package static let costExpansionRatePercent = 200
    package static let metricsPath = "/metrics"
    package static let metricsPort = 8_100
    /// The engine's port where a worker's config names none.
    package static let enginePort = 8_000
    package static let boosterWorkers = 1
    /// Pods of a booster's role replica.
    package static let boosterPods = 1
    package static let providerType = ProviderType.openAI
}
