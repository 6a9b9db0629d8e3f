import Routing
import TestKit

/// The time of one routing decision among 128 engines, requests under way and cached prefixes included. The slowest
/// hundredth counts.
enum DecisionTime {
    private static let rounds = 8_000
    private static let warmUp = 200

    static func bar() -> Bar {
        var random = SeededRandom(seed: 5)
        let scene = RoutingDecision.Scene(&random)
        let requests = (0..<RoutingDecision.requestCount).map { _ in scene.request(&random) }
        let clock = ContinuousClock()
        var times: [Duration] = []
        var ports = 0
        for round in 0..<rounds + warmUp {
            let (request, matches) = requests[round % requests.count]
            let start = clock.now
            let decision = Decider(request, matches: matches, inFlight: scene.inFlight, now: .seconds(1))
                .decide(scene.server) { scene.facts[$0.engine] }
            if round >= warmUp { times.append(clock.now - start) }
            ports &+= decision.choices.first?.answering.port ?? 0
        }
        times.sort()
        return Bar(
            name: "decision-among-128-engines-p99", value: times[rounds * 99 / 100].microseconds, unit: "us",
            limit: .atMost(20), detail: "p50 \(Bar.text(times[rounds / 2].microseconds)) us, check sum \(ports)")
    }
}
