import AgentProtocol
import KVBlocks
import Routing
import TestKit
import Testing

struct DeciderTests {
    let pods = ["a", "b", "c"].map { Endpoint.pod($0) }

    func decide(
        _ request: RoutingRequest, _ facts: [String: EngineFacts] = [:], matches: [String: Int] = [:],
        inFlight: InFlight = InFlight(), endpoints: [Endpoint]? = nil, isDisaggregated: Bool = false,
        policy: CostPolicy = CostPolicy()
    ) -> Decision {
        let plan = TargetPlan.of(endpoints ?? pods, isDisaggregated: isDisaggregated)
        let readings = plan.readings(request, facts, matches: matches, inFlight: inFlight)
        return Decider(request, plan: plan, readings: readings, policy: policy).decide()
    }

    func request(_ tokens: Int = 1_600, blocks: Int = 100, adapter: String? = nil, draw: UInt64 = 1) -> RoutingRequest {
        RoutingRequest(promptTokens: tokens, chain: chain(blocks), blockSize: 16, adapter: adapter, draw: draw)
    }

    func pod(_ decision: Decision, _ index: Int = 0) -> String? {
        index < decision.choices.count ? decision.choices[index].answering.engine.pod : nil
    }

    @Test func `goes where the prefix lives`() {
        let facts = Dictionary(uniqueKeysWithValues: pods.map { ($0.engine.pod, EngineFacts.busy()) })
        let decision = decide(request(), facts, matches: ["b": 60, "c": 10])
        #expect(pod(decision) == "b")
        #expect(decision.reason == .cachedPrefix)
        #expect(decision.candidate(pods[1])?.cachedTokens == 960)
        #expect(decision.choices.count == 3)
        #expect(pod(decision, 1) == "c")
    }

    @Test func `leaves the prefix when its engine is too busy`() {
        let facts = ["a": EngineFacts.busy(), "b": .busy(waiting: 20), "c": .busy(running: 50)]
        let decision = decide(request(), facts, matches: ["b": 99])
        #expect(pod(decision) == "a")
        #expect(decision.reason == .leastCost)
    }

    @Test func `never counts the last block as cached`() {
        let whole = request(1_600, blocks: 100)
        #expect(whole.cachedTokens(blocks: 100) == 1_584)
        #expect(request(1_601).cachedTokens(blocks: 100) == 1_600)
        #expect(request(0).cachedTokens(blocks: 3) == 0)
        #expect(RoutingRequest(promptTokens: 100).cachedTokens(blocks: 3) == 0)
    }

    @Test func `blocks of another size earn nothing`() {
        var facts = EngineFacts.busy()
        facts.blockSize = 32
        #expect(decide(request(), ["b": facts], matches: ["b": 99]).candidate(pods[1])?.cachedTokens == 0)
    }

    @Test func `counts what was just routed before any report shows it`() {
        var inFlight = InFlight()
        for _ in 0..<4 {
            _ = inFlight.begin(
                on: pods[0].engine, uncachedTokens: 5_000, chain: chain(10, from: 500), now: .seconds(100))
        }
        let decision = decide(request(), inFlight: inFlight)
        #expect(pod(decision) != "a")
        #expect(decision.candidate(pods[0])?.cost.queue == 2_000)
    }

    @Test func `cold requests with one prefix gather on one engine instead of computing it everywhere`() {
        var inFlight = InFlight()
        var served: Set<String> = []
        for draw in 0..<8 {
            let decision = decide(request(draw: UInt64(draw)), inFlight: inFlight)
            served.insert(pod(decision) ?? "")
            let chosen = decision.choices[0].answering
            let candidate = decision.candidate(chosen)
            let tokens = 1_600 - max(candidate?.cachedTokens ?? 0, candidate?.pendingTokens ?? 0)
            _ = inFlight.begin(on: chosen.engine, uncachedTokens: tokens, chain: chain(100), now: .seconds(100))
        }
        #expect(served.count == 1)
    }

    @Test func `equal costs spread over the engines`() {
        var counts: [String: Int] = [:]
        for draw in 0..<300 { counts[pod(decide(request(draw: UInt64(draw)))) ?? "", default: 0] += 1 }
        #expect(counts.count == 3)
        #expect(counts.values.allSatisfy { $0 > 60 })
    }

    @Test func `leaves out engines that are not ready or failed lately, and tries them as a last resort`() {
        var inFlight = InFlight()
        let lease = inFlight.begin(on: pods[0].engine, uncachedTokens: 1, chain: [], now: .seconds(100))
        inFlight.end(lease, .unreachable, now: .seconds(100))
        let decision = decide(request(), ["b": .busy(isReady: false)], inFlight: inFlight)
        #expect(decision.choices.count == 1)
        #expect(pod(decision) == "c")
        #expect(decision.reason == .onlyCandidate)
        #expect(decision.candidate(pods[0])?.exclusion == .failedLately)
        #expect(decision.candidate(pods[1])?.exclusion == .notReady)

        let nothing = decide(request(), inFlight: inFlight, endpoints: [pods[0]])
        #expect(nothing.reason == .lastResort)
        #expect(pod(nothing) == "a")
        #expect(decide(request(), endpoints: []).choices.isEmpty)
    }

    @Test func `an adapter is served where it is loaded`() {
        let facts = [
            "a": EngineFacts.busy(models: ["m"]), "b": .busy(running: 9, models: ["m", "lora"]),
            "c": .busy(models: ["m"]),
        ]
        let decision = decide(request(adapter: "lora"), facts)
        #expect(pod(decision) == "b")
        #expect(decision.choices.count == 1)
        #expect(decision.candidate(pods[0])?.exclusion == .adapterNotLoaded)
        #expect(decide(request(adapter: "other"), facts).choices.count == 3)
    }

    @Test func `a pair stays within its group, and each leg within its role`() {
        let endpoints = [
            Endpoint.pod("p0", .prefill, group: "g0"), .pod("d0", .decode, group: "g0"),
            .pod("p1", .prefill, group: "g1"), .pod("d1", .decode, group: "g1"), .pod("lost", .none, group: "g1"),
        ]
        let facts = ["p0": EngineFacts.busy(), "d0": .busy(), "p1": .busy(), "d1": .busy(running: 20)]
        let decision = decide(request(), facts, matches: ["p1": 90], endpoints: endpoints, isDisaggregated: true)
        #expect(decision.choices.count == 2)
        for choice in decision.choices {
            guard case .pair(let prefill, let decode) = choice else {
                Issue.record("not a pair")
                continue
            }
            #expect(prefill.group == decode.group)
            #expect(prefill.role == .prefill)
            #expect(decode.role == .decode)
        }
        #expect(decision.candidate(endpoints[4])?.exclusion == .noPartner)
        let lonely = decide(request(), endpoints: [endpoints[0], endpoints[3]], isDisaggregated: true)
        #expect(lonely.choices.isEmpty)
    }

    @Test func `a retry meets other engines than the pair before it`() {
        let endpoints = (0..<2).flatMap { [Endpoint.pod("p\($0)", .prefill), .pod("d\($0)", .decode)] }
        let decision = decide(request(), endpoints: endpoints, isDisaggregated: true)
        #expect(decision.choices.count == 4)
        guard case .pair(let p0, let d0) = decision.choices[0], case .pair(let p1, let d1) = decision.choices[1] else {
            Issue.record("not pairs")
            return
        }
        #expect(p0 != p1)
        #expect(d0 != d1)
    }

    @Test(arguments: [UInt64(3), 20_261_121])
    func `holds for any fleet: choices are candidates, unique, in order of cost, and repeatable`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for round in 0..<300 {
            let count = Int.random(in: 1...40, using: &random)
            let endpoints = (0..<count).map { Endpoint.pod("pod-\($0)") }
            var facts: [String: EngineFacts] = [:]
            var matches: [String: Int] = [:]
            for endpoint in endpoints where Bool.random(using: &random) {
                facts[endpoint.engine.pod] = .busy(
                    running: .random(in: 0...64, using: &random), waiting: .random(in: 0...9, using: &random),
                    usage: .random(in: 0...1, using: &random), isReady: Int.random(in: 0..<5, using: &random) > 0)
                matches[endpoint.engine.pod] = .random(in: 0...100, using: &random)
            }
            let request = self.request(.random(in: 1...4_000, using: &random), draw: random.next())
            let decision = decide(request, facts, matches: matches, endpoints: endpoints)
            let again = decide(request, facts, matches: matches, endpoints: endpoints)
            #expect(decision.choices == again.choices, "seed \(seed) round \(round)")
            #expect(decision.candidates.count == count)
            #expect(!decision.choices.isEmpty)
            #expect(Set(decision.choices).count == decision.choices.count)
            let costs = decision.choices.compactMap { decision.candidate($0.answering)?.cost.total }
            // Within a step of the costs the draw decides.
            let steps = costs.map { ($0 / CostModel.standard.indifference).rounded(.down) }
            #expect(steps == steps.sorted(), "seed \(seed) round \(round)")
            for candidate in decision.candidates {
                #expect(candidate.cost.total.isFinite && candidate.cost.total >= 0)
                #expect(candidate.cachedTokens < request.promptTokens)
            }
        }
    }
}
