import AgentProtocol
import Routing
import Testing

struct ReadingTests {
    let endpoint = Endpoint.pod("a")

    func cost(_ facts: EngineFacts, _ inFlight: InFlight = InFlight()) -> CostParts {
        let request = RoutingRequest(promptTokens: 1_000, outputTokensMax: 100)
        let plan = TargetPlan.of([endpoint])
        let readings = plan.readings(request, ["a": facts], inFlight: inFlight)
        return Decider(request, plan: plan, readings: readings).decide().candidate(endpoint)?.cost ?? CostParts()
    }

    @Test func `an engine's own times count where it measured them`() {
        var load = EngineLoad()
        #expect(cost(EngineFacts(load: load)).prefill == 100)
        load.prefillSecondsPerToken = 0.001
        load.running = 10
        #expect((999...1_001).contains(cost(EngineFacts(load: load)).prefill))
        // 100 tokens, each 20 ms by the standard, a fiftieth longer for each of 10 that run.
        #expect(cost(EngineFacts(load: load)).decode == 400)
        // Measured beside those 10: 12 ms is 10 ms alone.
        load.timePerOutputToken = 0.012
        #expect((199.9...200.1).contains(cost(EngineFacts(load: load)).decode))
    }

    @Test func `what was sent since the last report counts beside it, and no longer once a report shows it`() {
        var inFlight = InFlight()
        let plan = TargetPlan(.of([endpoint]), numbers: inFlight.enlist([endpoint.engine]))
        func read(_ reports: UInt32) -> EngineReading {
            var readings = [EngineReading()]
            readings[0].reports = reports
            inFlight.read(plan.numbers, chain: [], now: .zero, into: &readings)
            return readings[0]
        }
        _ = read(1)
        let first = inFlight.begin(on: endpoint.engine, uncachedTokens: 300, chain: [], now: .zero)
        let second = inFlight.begin(on: endpoint.engine, uncachedTokens: 200, chain: [], now: .zero)
        #expect(read(1).freshRequests == 2)
        #expect(read(1).freshTokens == 500)
        inFlight.answered(first, now: .zero)
        #expect(read(1).freshTokens == 200)
        #expect(read(2).freshRequests == 0)
        #expect(read(2).freshTokens == 0)
        #expect(read(2).requests == 2)
        #expect(read(2).pendingTokens == 200)
        inFlight.end(first, .answered, now: .zero)
        inFlight.end(second, .answered, now: .zero)
        #expect(read(2).freshRequests == 0, "what began before the report is not taken off twice")
        let third = inFlight.begin(on: endpoint.engine, uncachedTokens: 100, chain: [], now: .zero)
        _ = read(0)
        _ = read(2)
        inFlight.end(third, .answered, now: .zero)
        #expect(read(2).freshRequests == 0 && read(2).freshTokens == 0, "a number that comes back owes nothing")
        #expect(read(2).requests == 0)
    }

    @Test func `a number of an engine that is gone is given to another only when nothing is under way there`() {
        var inFlight = InFlight()
        let other = Endpoint.pod("b").engine
        let number = inFlight.enlist([endpoint.engine])
        let lease = inFlight.begin(on: endpoint.engine, uncachedTokens: 1, chain: [], now: .zero)
        inFlight.keep(only: [])
        #expect(inFlight.enlist([other]) != number)
        inFlight.end(lease, .answered, now: .zero)
        inFlight.keep(only: [other])
        #expect(inFlight.enlist([Endpoint.pod("c").engine]) == number)
    }

    @Test func `of an engine's ranks the one that holds most is chosen, unless it is busier by more than that`() {
        let request = RoutingRequest(promptTokens: 1_600, chain: chain(100), blockSize: 16, outputTokensMax: 100)
        let choice = RankChoice(count: 4)
        #expect(choice.choose(request, blocks: { $0 == 2 ? 80 : 0 }, requests: { _ in 1 }) == 2)
        // 80 blocks spare 640 ms with what they would hold up; a running request costs 40.
        #expect(choice.choose(request, blocks: { $0 == 2 ? 80 : 0 }, requests: { $0 == 2 ? 15 : 0 }) == 2)
        #expect(choice.choose(request, blocks: { $0 == 2 ? 80 : 0 }, requests: { $0 == 2 ? 17 : 0 }) != 2)
        var counts: [Int: Int] = [:]
        for draw in 0..<400 {
            request.draw = UInt64(draw)
            counts[choice.choose(request, blocks: { _ in 0 }, requests: { _ in 0 }), default: 0] += 1
        }
        #expect(counts.count == 4)
    }
}
