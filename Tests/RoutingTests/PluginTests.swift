import AgentProtocol
import Routing
import Testing

struct PluginTests {
    let pods = ["a", "b", "c"].map { Endpoint.pod($0) }

    func decide(
        _ policy: PluginPolicy, _ facts: [String: EngineFacts] = [:], inFlight: InFlight = InFlight(),
        request: RoutingRequest = RoutingRequest(promptTokens: 100, draw: 7), matches: [String: Int] = [:],
        text: [Int32] = [], endpoints: [Endpoint]? = nil, isDisaggregated: Bool = false
    ) -> Decision {
        let plan = TargetPlan.of(endpoints ?? pods, isDisaggregated: isDisaggregated)
        var readings = TargetReadings(
            engines: plan.readings(request, facts, matches: matches, inFlight: inFlight))
        readings.textBlocks = text
        return RoutingPolicy.plugins(policy).decide(request, plan, readings)
    }

    func only(_ scorer: PluginPolicy.Scorer, _ filters: PluginPolicy.Filter...) -> PluginPolicy {
        PluginPolicy(filters: filters, scorers: [PluginPolicy.Weighted(scorer)])
    }

    /// Scores by pod, in the order of the pods.
    func scores(_ decision: Decision) -> [Double?] { decision.candidates.map(\.score) }

    func latency(_ first: Double, _ other: Double) -> EngineFacts {
        var load = EngineLoad()
        load.timeToFirstToken = first
        load.timePerOutputToken = other
        return EngineFacts(load: load)
    }

    @Test func `least-request charges what an engine has not taken up a hundredfold`() {
        var inFlight = InFlight()
        for _ in 0..<4 { _ = inFlight.begin(on: pods[0].engine, uncachedTokens: 1, chain: [], now: .zero) }
        for _ in 0..<2 { _ = inFlight.begin(on: pods[1].engine, uncachedTokens: 1, chain: [], now: .zero) }
        // a: 4 + 100 x 2 = 204; b: 2; c: 0.
        let decision = decide(
            only(.leastRequest), ["a": .busy(running: 2), "b": .busy(running: 9), "c": .busy()], inFlight: inFlight)
        #expect(scores(decision) == [0, 100 * 202.0 / 204.0, 100])
        #expect(decision.choices == [.single(pods[2]), .single(pods[1]), .single(pods[0])])
        #expect(decision.reason == .bestScore)
        #expect(scores(decide(only(.leastRequest))) == [100, 100, 100])
    }

    @Test func `least-request leaves out those with too many waiting, and says so when none is left`() {
        let policy = only(.leastRequest, .leastRequest(waitingMax: 2))
        let decision = decide(policy, ["a": .busy(waiting: 2), "b": .busy(waiting: 1), "c": .busy(waiting: 3)])
        #expect(decision.choices == [.single(pods[1])])
        #expect(decision.candidate(pods[0])?.exclusion == .filteredOut)
        let full = EngineFacts.busy(waiting: 2)
        let none = decide(policy, ["a": full, "b": full, "c": full])
        #expect(none.choices.isEmpty)
        #expect(none.reason == .filteredOut)
        #expect(none.refusal == "pods have all been filtered out by [least-request]")
    }

    @Test func `gpu-usage prefers the emptiest cache`() {
        let decision = decide(only(.gpuUsage), ["a": .busy(usage: 0.75), "b": .busy(usage: 0.5), "c": .busy(usage: 1)])
        #expect(scores(decision) == [25, 50, 0])
    }

    @Test func `least-latency weighs both times over their spread, and gives the unmeasured 50`() {
        let facts = ["a": latency(1, 0.02), "b": latency(0.5, 0.04), "c": latency(0, 0.03)]
        #expect(scores(decide(only(.leastLatency(firstTokenShare: 0.5)), facts)) == [50, 25, 50])
        #expect(scores(decide(only(.leastLatency(firstTokenShare: 1)), facts)) == [0, 50, 50])
        let alike = ["a": latency(1, 0.5), "b": latency(1, 0.5), "c": latency(1, 0.5)]
        #expect(scores(decide(only(.leastLatency(firstTokenShare: 0.5)), alike)) == [100, 100, 100])
    }

    @Test func `lora-affinity keeps those that serve the model`() {
        let request = RoutingRequest(promptTokens: 10, adapter: "lora", draw: 3)
        let policy = only(.random, .loraAffinity)
        let facts = ["a": EngineFacts.busy(models: ["m"]), "b": .busy(models: ["m", "lora"])]
        #expect(decide(policy, facts, request: request).choices == [.single(pods[1])])
        // Of c nothing is known, so it is asked where no other is known to serve it.
        let unknown = decide(policy, ["a": .busy(models: ["m"]), "b": .busy(models: [])], request: request)
        #expect(unknown.choices == [.single(pods[2])])
    }

    @Test func `caches count by the share of the prompt they hold`() {
        let request = RoutingRequest(promptTokens: 200, chain: chain(12), blockSize: 16, draw: 1)
        let facts = ["a": EngineFacts.busy(), "b": .busy(), "c": .busy()]
        let all = decide(
            only(.kvCacheAware(blocksMax: 128)), facts, request: request, matches: ["a": 3, "b": 12])
        #expect(scores(all) == [25, 100, 0])
        let cut = decide(only(.kvCacheAware(blocksMax: 6)), facts, request: request, matches: ["a": 3, "b": 12])
        #expect(scores(cut) == [50, 100, 0])
        let text = RoutingRequest(promptTokens: 200, draw: 1)
        text.text = [1, 2, 3, 4]
        #expect(scores(decide(only(.prefixCache), request: text, text: [4, 1, 0])) == [100, 25, 0])
        #expect(decide(only(.prefixCache)).choices.count == 3, "a score that is missing is 0, not the end")
    }

    @Test func `scores add up by weight, negative weights count as nothing, random beside others too`() {
        let policy = PluginPolicy(scorers: [
            .init(.gpuUsage, weight: 2), .init(.leastRequest, weight: 3), .init(.random, weight: 9),
            .init(.prefixCache, weight: -4),
        ])
        #expect(policy.scorers.map(\.scorer) == [.gpuUsage, .leastRequest, .prefixCache])
        #expect(policy.scorers.map(\.weight) == [2, 3, 0])
        let decision = decide(policy, ["a": .busy(usage: 0.5), "b": .busy(usage: 1), "c": .busy()])
        #expect(scores(decision) == [400, 300, 500])
    }

    @Test func `random alone spreads evenly over whole numbers`() {
        var counts: [String: Int] = [:]
        for draw in 0..<3_000 {
            let request = RoutingRequest(promptTokens: 1, draw: UInt64(draw) &* 0x9E37_79B9_7F4A_7C15)
            let decision = decide(only(.random), request: request)
            counts[decision.choices[0].answering.engine.pod, default: 0] += 1
            for score in scores(decision) { #expect((0...100).contains(score ?? -1) && score == score?.rounded()) }
        }
        #expect(counts.count == 3)
        #expect(counts.values.allSatisfy { (850...1_150).contains($0) }, "\(counts)")
    }

    @Test func `at most five choices, of healthy engines while there are any`() {
        let endpoints = (0..<9).map { Endpoint.pod("p\($0)") }
        let sick = Dictionary(uniqueKeysWithValues: (0..<6).map { ("p\($0)", EngineFacts.busy(isReady: false)) })
        #expect(decide(only(.random), endpoints: endpoints).choices.count == 5)
        let healthy = decide(only(.random), sick, endpoints: endpoints)
        #expect(healthy.choices.count == 3)
        #expect(healthy.candidate(endpoints[0])?.exclusion == .notReady)
        let last = decide(only(.random), ["a": .busy(isReady: false)], endpoints: [pods[0]])
        #expect(last.choices == [.single(pods[0])])
        #expect(last.reason == .lastResort)
    }

    @Test func `a pair is the best decode engine with the best prefill engine of its group`() {
        let endpoints = [
            Endpoint.pod("p0", .prefill, group: "g0"), .pod("p1", .prefill, group: "g0"),
            .pod("d0", .decode, group: "g0"), .pod("d1", .decode, group: "g1"), .pod("x", .none, group: "g0"),
        ]
        let facts = [
            "p0": EngineFacts.busy(usage: 0.9), "p1": .busy(usage: 0.1), "d0": .busy(usage: 0.5), "d1": .busy(),
        ]
        let decision = decide(only(.gpuUsage), facts, endpoints: endpoints, isDisaggregated: true)
        #expect(decision.choices == [.pair(prefill: endpoints[1], decode: endpoints[2])], "d1 has no partner")
        #expect(decision.candidate(endpoints[1])?.score?.rounded() == 90)
        #expect(decision.candidate(endpoints[4])?.exclusion == .noPartner)
    }
}
