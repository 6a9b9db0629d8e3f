package import Routing

/// When engines are left alone and how much is retried.
package struct HealthPolicy: Sendable {
    package var breaker = CircuitBreaker.Policy()
    package var watch = EngineWatch.Policy()
    package var ejections = EjectionLimit()
    /// Share of the requests under way to a target that may be on a retry, 0...1, and how many always may.
    package var retryShare = 0.25
    package var retriesMin = 16

    package init() {}

    var budget: RetryBudget {
        var budget = RetryBudget()
        budget.share = retryShare
        budget.retriesMin = retriesMin
        return budget
    }
}
