import AgentProtocol
import KVBlocks
import Routing
import TestKit
import Testing

struct PairDecisionTests {
    func request(_ tokens: Int, chain: [BlockHash] = [], draw: UInt64 = 1) -> RoutingRequest {
        RoutingRequest(promptTokens: tokens, chain: chain, blockSize: 16, draw: draw)
    }

    func decide(
        _ request: RoutingRequest, _ endpoints: [Endpoint], _ facts: [String: EngineFacts] = [:],
        matches: [String: Int] = [:], connector: TargetServer.Connector = .nixl, costs: CostModel = .standard
    ) -> Decision {
        var server = TargetServer.of(endpoints, isDisaggregated: true)
        server.connector = connector
        let plan = TargetPlan(server, numbers: endpoints.indices.map { Int32($0) })
        let readings = plan.readings(request, facts, matches: matches)
        return Decider(request, plan: plan, readings: readings, policy: CostPolicy(costs: costs)).decide()
    }

    static let one = [Endpoint.pod("p", .prefill), .pod("d", .decode)]

    func isPair(_ decision: Decision) -> Bool { decision.choices.first?.isPair ?? false }

    /// Tokens that the decode engine lacks, around the most it may compute.
    @Test(arguments: [(15, false), (16, false), (17, true)])
    func `a prefill engine is left out where the decode engine lacks little`(missing: Int, isPaired: Bool) {
        let short = decide(request(missing), Self.one)
        #expect(isPair(short) == isPaired)
        #expect((short.reason == .prefillSkipped) == !isPaired)
        // The same where it is the rest of a long prompt.
        let blocks = chain(100)
        let held = decide(
            request(1_600 + missing, chain: blocks), Self.one, ["p": .busy(), "d": .busy()], matches: ["d": 100])
        #expect(isPair(held) == isPaired)
        // Where that fails, pairs are next.
        if !isPaired { #expect(short.choices.count == 2) }
    }

    @Test func `how little that is can be set, and engines that only meet take no prompt`() {
        var costs = CostModel.standard
        costs.localPrefillMax = 0
        #expect(isPair(decide(request(1), Self.one, costs: costs)))
        costs.localPrefillMax = 10_000
        #expect(!isPair(decide(request(300), Self.one, costs: costs)))
        #expect(isPair(decide(request(1), Self.one, connector: .bootstrap, costs: costs)))
    }

    @Test func `a busy decode engine that holds the prompt is left for a pair`() {
        let endpoints = Self.one + [.pod("e", .decode)]
        let busy = EngineFacts.busy(running: 900, waiting: 50)
        let decision = decide(
            request(1_610, chain: chain(100)), endpoints, ["p": .busy(), "d": busy, "e": .busy()], matches: ["d": 100])
        #expect(isPair(decision) && decision.choices[0].answering.engine.pod == "e")
    }

    static func pod(_ name: String, _ role: Endpoint.Role, _ node: String, _ domains: [(Int, String)]) -> Endpoint {
        .pod(name, role, node: node, domains: domains.map { Endpoint.Domain(tier: $0.0, name: $0.1) })
    }

    /// From the closest to the farthest from the prefill engine.
    static let fabric = [
        pod("p", .prefill, "n1", [(3, "core"), (1, "leaf-a"), (2, "spine-a")]),
        pod("d0", .decode, "n1", [(1, "leaf-a"), (2, "spine-a"), (3, "core")]),
        pod("d1", .decode, "n2", [(1, "leaf-a"), (2, "spine-a"), (3, "core")]),
        pod("d2", .decode, "n3", [(1, "leaf-b"), (2, "spine-a"), (3, "core")]),
        pod("d3", .decode, "n4", [(1, "leaf-c"), (2, "spine-b"), (3, "core")]),
        pod("d4", .decode, "n5", [(1, "leaf-d"), (2, "spine-c"), (3, "other")]),
    ]

    @Test func `of equal decode engines the one closest in the fabric takes over`() {
        var left = Self.fabric
        while left.count > 1 {
            for draw in 0..<20 {
                let decision = decide(request(20_000, draw: UInt64(draw)), left.shuffled())
                #expect(isPair(decision) && decision.choices[0].answering == left[1], "draw \(draw)")
            }
            left.remove(at: 1)
        }
    }

    @Test func `distance counts in milliseconds against load`() {
        // 2,000 tokens cost 30 ms more over the whole fabric than on one node: less than a long queue.
        let far = [Self.fabric[0], Self.fabric[1], Self.fabric[5]]
        let decision = decide(request(2_000), far, ["d0": .busy(running: 200, waiting: 20), "d4": .busy()])
        #expect(isPair(decision) && decision.choices[0].answering.engine.pod == "d4")
    }

    @Test func `what generates nothing goes to a decode engine alone`() {
        let request = request(5_000)
        request.generates = false
        let decision = decide(request, Self.fabric)
        #expect(decision.choices.count == 5)
        #expect(decision.choices.allSatisfy { $0.answering.role == .decode && !$0.isPair })
        let policy = RoutingPolicy.plugins(PluginPolicy(scorers: [.init(.leastRequest)]))
        let plan = TargetPlan.of(Self.fabric, isDisaggregated: true)
        let readings = TargetReadings(engines: plan.readings(request))
        let plugged = policy.decide(request, plan, readings)
        #expect(!plugged.choices.isEmpty && plugged.choices.allSatisfy { $0.answering.role == .decode && !$0.isPair })
    }

    @Test(arguments: [UInt64(5), 20_261_122])
    func `holds for any fleet: a leg goes to an engine of its role, within one group`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let plugins = RoutingPolicy.plugins(PluginPolicy(scorers: [.init(.leastRequest), .init(.random)]))
        let connectors: [TargetServer.Connector] = [.http, .lmcache, .nixl, .mooncake, .bootstrap]
        for round in 0..<400 {
            let endpoints = (0..<Int.random(in: 1...24, using: &random)).map { number in
                Endpoint.pod(
                    "pod-\(number)", [.none, .prefill, .decode].randomElement(using: &random) ?? .none,
                    group: "g\(Int.random(in: 0..<4, using: &random))",
                    node: "n\(Int.random(in: 0..<6, using: &random))")
            }
            var server = TargetServer.of(endpoints, isDisaggregated: true)
            server.connector = connectors.randomElement(using: &random) ?? .http
            let plan = TargetPlan(server, numbers: endpoints.indices.map { Int32($0) })
            var facts: [String: EngineFacts] = [:]
            var matches: [String: Int] = [:]
            for endpoint in endpoints where Bool.random(using: &random) {
                facts[endpoint.engine.pod] = .busy(
                    running: .random(in: 0...64, using: &random), waiting: .random(in: 0...9, using: &random),
                    usage: .random(in: 0...1, using: &random), isReady: Int.random(in: 0..<5, using: &random) > 0)
                matches[endpoint.engine.pod] = .random(in: 0...60, using: &random)
            }
            let request = request(.random(in: 1...2_000, using: &random), chain: chain(60), draw: random.next())
            request.generates = Int.random(in: 0..<4, using: &random) > 0
            let readings = TargetReadings(engines: plan.readings(request, facts, matches: matches))
            for policy in [RoutingPolicy.standard, plugins] {
                for choice in policy.decide(request, plan, readings).choices {
                    switch choice {
                    case .single(let endpoint):
                        #expect(endpoint.role == .decode, "seed \(seed) round \(round)")
                        let mayCompute = server.connector.decodesAlone || !request.generates
                        #expect(mayCompute, "seed \(seed) round \(round)")
                    case .pair(let prefill, let decode):
                        let fits = prefill.role == .prefill && decode.role == .decode && prefill.group == decode.group
                        #expect(fits && request.generates, "seed \(seed) round \(round)")
                    }
                }
            }
        }
    }
}

extension Decision.Choice {
    fileprivate var isPair: Bool { if case .pair = self { true } else { false } }
}
