import ArgumentParser
import Gateway
import Routing

/// The flags of patience with engines: how long each part of a request may take, when an engine is left alone, and how
/// much is retried.
struct UpstreamOptions: ParsableArguments {
    private static let standard = GatewayConfiguration()

    @Option(help: "From asking an engine for a connection to having it.")
    var upstreamConnectTimeout = Time(standard.connectTimeout)

    @Option(help: "From the begin of a try at an engine to its answer's first byte; 0 for no limit of its own.")
    var upstreamTryTimeout = Time(.zero)

    @Option(help: "From the begin of a try to the answer's head, where a ModelServer has no trafficPolicy.timeout.")
    var upstreamHeadTimeout = Time(standard.headTimeout)

    @Option(help: "Between two pieces of an engine's answer.")
    var upstreamIdleTimeout = Time(standard.idleTimeout)

    @Option(help: "From a request's end to its answer's end, with all tries; 0 for no limit.")
    var requestTimeout = Time(.zero)

    @Option(help: "How long an engine that owes answers may be silent before it counts as stuck.")
    var stuckEngineTimeout = Time(standard.health.watch.silence)

    @Option(help: "Failures in a row after which an engine is left alone for a while.")
    var ejectionFailures = standard.health.breaker.consecutiveMax

    @Option(help: "How long an engine is left alone the first time; twice as long each further time.")
    var ejectionPause = Time(standard.health.breaker.pause)

    @Option(help: "How long an engine is left alone at most.")
    var ejectionPauseMax = Time(standard.health.breaker.pauseMax)

    @Option(help: "Percent of a target's engines that may be left alone at a time.")
    var ejectionPercentMax = 90

    @Option(help: "Percent of the requests under way to a target that may be on a retry.")
    var retryBudgetPercent = 25

    @Option(help: "Requests to a target that may be on a retry however few are under way.")
    var retryBudgetMin = standard.health.retriesMin

    func validate() throws {
        for (flag, percent) in [
            ("ejection-percent-max", ejectionPercentMax), ("retry-budget-percent", retryBudgetPercent),
        ] where !(0...100).contains(percent) {
            throw ValidationError("--\(flag) is from 0 to 100, not \(percent)")
        }
        guard ejectionFailures >= 1 else {
            throw ValidationError("--ejection-failures is 1 or more, not \(ejectionFailures)")
        }
        guard retryBudgetMin >= 0 else {
            throw ValidationError("--retry-budget-min is 0 or more, not \(retryBudgetMin)")
        }
        for (flag, time) in [
            ("upstream-connect-timeout", upstreamConnectTimeout), ("upstream-head-timeout", upstreamHeadTimeout),
            ("upstream-idle-timeout", upstreamIdleTimeout), ("stuck-engine-timeout", stuckEngineTimeout),
        ] where time.duration == .zero {
            throw ValidationError("--\(flag) is more than 0")
        }
    }

    func apply(to configuration: inout GatewayConfiguration) {
        configuration.connectTimeout = upstreamConnectTimeout.duration
        configuration.tryTimeout = upstreamTryTimeout.limit
        configuration.headTimeout = upstreamHeadTimeout.duration
        configuration.idleTimeout = upstreamIdleTimeout.duration
        configuration.totalTimeout = requestTimeout.limit
        configuration.health.watch.silence = stuckEngineTimeout.duration
        configuration.health.breaker.consecutiveMax = ejectionFailures
        configuration.health.breaker.pause = ejectionPause.duration
        configuration.health.breaker.pauseMax = max(ejectionPause.duration, ejectionPauseMax.duration)
        configuration.health.ejections.share = Double(ejectionPercentMax) / 100
        configuration.health.retryShare = Double(retryBudgetPercent) / 100
        configuration.health.retriesMin = retryBudgetMin
    }
}

extension Time {
    /// Nil for 0, which sets no limit.
    fileprivate var limit: Duration? { duration == .zero ? nil : duration }
}
