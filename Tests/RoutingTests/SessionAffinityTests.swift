import AgentProtocol
import Routing
import Testing

struct SessionAffinityTests {
    let pods = (0..<8).map { Endpoint.pod("pod-\($0)") }
    let policy = CostPolicy(affinity: SessionAffinity(sources: [.header("x-session-id")], yieldsAt: 300))

    func decide(
        _ session: String?, draw: UInt64 = 1, endpoints: [Endpoint]? = nil, _ facts: [String: EngineFacts] = [:]
    ) -> Decision {
        let request = RoutingRequest(promptTokens: 100, draw: draw)
        request.session = session.map { SessionAffinity.key($0) }
        let plan = TargetPlan.of(endpoints ?? pods)
        return Decider(request, plan: plan, readings: plan.readings(request, facts), policy: policy).decide()
    }

    func pod(_ decision: Decision) -> String? { decision.choices.first?.answering.engine.pod }

    @Test func `a session stays on one engine, whatever the draw, and sessions spread`() {
        var homes: [String: Int] = [:]
        for number in 0..<400 {
            let pods = Set((0..<3).map { pod(decide("user-\(number)", draw: UInt64($0 * 977))) })
            #expect(pods.count == 1)
            homes[pods.first.flatMap { $0 } ?? "", default: 0] += 1
        }
        #expect(homes.count == 8)
        #expect(homes.values.allSatisfy { (20...90).contains($0) }, "\(homes)")
        #expect(decide("user-1").reason == .session)
        #expect(decide(nil).reason == .leastCost)
    }

    @Test func `when an engine goes only its own sessions move`() {
        for number in 0..<200 {
            let before = pod(decide("s\(number)"))
            let after = pod(decide("s\(number)", endpoints: Array(pods.dropLast())))
            if before != "pod-7" { #expect(after == before) } else { #expect(after != before) }
        }
    }

    @Test func `a session's engine is left where it costs too much more, and kept where it costs a little`() {
        let home = pod(decide("someone")) ?? ""
        // Each running request costs about 51 ms.
        #expect(pod(decide("someone", [home: .busy(running: 5)])) == home)
        let left = decide("someone", [home: .busy(running: 7)])
        #expect(pod(left) != home)
        #expect(left.reason == .leastCost)
        #expect(pod(decide("someone", [home: .busy(isReady: false)])) != home)
    }
}
