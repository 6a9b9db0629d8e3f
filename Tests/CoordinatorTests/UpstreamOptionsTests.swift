import ArgumentParser
import Gateway
import Routing
import Testing

@testable import coordinator

/// Flags of patience with engines.
struct UpstreamOptionsTests {
    static func configuration(_ flags: [String]) throws -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        try UpstreamOptions.parse(flags).apply(to: &configuration)
        return configuration
    }

    @Test func `without flags nothing changes`() throws {
        let (given, standard) = (try Self.configuration([]), GatewayConfiguration())
        #expect(given.connectTimeout == standard.connectTimeout)
        #expect(given.headTimeout == standard.headTimeout)
        #expect(given.idleTimeout == standard.idleTimeout)
        #expect(given.tryTimeout == nil && given.totalTimeout == nil)
        #expect(given.health.breaker == standard.health.breaker)
        #expect(given.health.watch == standard.health.watch)
        #expect(given.health.ejections == standard.health.ejections)
        #expect(given.health.retryShare == standard.health.retryShare)
        #expect(given.health.retriesMin == standard.health.retriesMin)
    }

    @Test func `each flag sets what it names`() throws {
        let given = try Self.configuration([
            "--upstream-connect-timeout", "2s", "--upstream-try-timeout", "3s", "--upstream-head-timeout", "4s",
            "--upstream-idle-timeout", "5s", "--request-timeout", "1m", "--stuck-engine-timeout", "900ms",
            "--ejection-failures", "7", "--ejection-pause", "1s", "--ejection-pause-max", "10s",
            "--ejection-percent-max", "50", "--retry-budget-percent", "10", "--retry-budget-min", "3",
        ])
        #expect(given.connectTimeout == .seconds(2))
        #expect(given.tryTimeout == .seconds(3))
        #expect(given.headTimeout == .seconds(4))
        #expect(given.idleTimeout == .seconds(5))
        #expect(given.totalTimeout == .seconds(60))
        #expect(given.health.watch.silence == .milliseconds(900))
        #expect(given.health.breaker.consecutiveMax == 7)
        #expect(given.health.breaker.pause == .seconds(1))
        #expect(given.health.breaker.pauseMax == .seconds(10))
        #expect(given.health.ejections.share == 0.5)
        #expect(given.health.retryShare == 0.1)
        #expect(given.health.retriesMin == 3)
    }

    static let refused = [
        ["--upstream-head-timeout", "0s"], ["--upstream-idle-timeout", "0"], ["--stuck-engine-timeout", "0"],
        ["--ejection-failures", "0"], ["--ejection-percent-max", "101"], ["--retry-budget-percent", "-1"],
        ["--retry-budget-min", "-1"], ["--request-timeout", "soon"],
    ]

    @Test(arguments: refused) func `what makes no sense is refused`(flags: [String]) {
        #expect(throws: (any Error).self) { try UpstreamOptions.parse(flags) }
    }
}
