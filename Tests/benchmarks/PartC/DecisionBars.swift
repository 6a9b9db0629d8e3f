import AgentProtocol
import Fleet
import Gateway
import KVBlocks
import Routing
import TestKit

/// What a routing decision among 128 engines takes, from the prompt's chain to the choices: the fleet's picture and the
/// prefix look-up, what is in flight, and the costs. Loads keep changing beside it, as agents push them.
enum DecisionBars {
    private static let engineCount = 128
    private static let promptBlocks = 128
    private static let blockSize = 16
    private static let requestCount = 256
    private static let rounds = 20_000

    static func bars() async throws -> [Bar] {
        var random = SeededRandom(seed: 6)
        var scene = Scene(&random)
        let requests = (0..<requestCount).map { _ in scene.request(&random) }
        var times: [Duration] = []
        times.reserveCapacity(rounds)
        let clock = ContinuousClock()
        var answers = 0
        for round in -500..<rounds {
            // About as often as 128 busy engines push while a router takes a few thousand requests a second.
            if round % 4 == 0 { scene.push(&random) }
            let request = requests[abs(round) % requests.count]
            let start = clock.now
            let decision = scene.decide(request)
            let time = clock.now - start
            guard decision.choices.count == Decider.choicesMax else {
                throw BenchmarkError("round \(round) gave \(decision.choices.count) choices")
            }
            answers += decision.choices[0].answering.port
            if round >= 0 { times.append(time) }
        }
        guard answers > 0 else { throw BenchmarkError("no engine was chosen") }
        times.sort()
        let (middle, slow) = (times[rounds / 2].microseconds, times[rounds * 99 / 100].microseconds)
        return [
            Bar(
                name: "decision-among-128-engines-p99", value: slow, unit: "us", limit: .atMost(20),
                detail: "p50 \(Bar.text(middle)) us, of \(rounds)")
        ]
    }

    /// Engines of one agent that hold prompts' beginnings, some with requests of this router under way.
    private struct Scene {
        let fleet = Fleet()
        let agent = AgentID("node-1")
        let view: FleetView
        let plan: TargetPlan
        let policy = RoutingPolicy.standard
        var inFlight = InFlight()
        let prompts: [[BlockHash]]

        init(_ random: inout SeededRandom) {
            let endpoints = (0..<engineCount).map { number in
                Endpoint(
                    engine: EngineID(namespace: "dev", pod: "engine-\(number)", port: 8000 + number),
                    host: "127.64.0.\(number)")
            }
            prompts = (0..<64).map { _ in (0..<promptBlocks).map { _ in BlockHash(random.next()) } }
            var reports: [Report] = []
            for endpoint in endpoints {
                var description = EngineDescription(
                    id: endpoint.engine, podUID: "u", node: "n", host: endpoint.host, kind: .vLLM, incarnation: 1)
                description.isReady = true
                description.blockSize = blockSize
                description.hasExactCache = true
                reports.append(.engine(description))
                for prompt in prompts where Bool.random(using: &random) {
                    let count = Int.random(in: 1...promptBlocks, using: &random)
                    reports.append(
                        .cache(
                            endpoint.engine, rank: 0, incarnation: 1,
                            .stored(parent: nil, blocks: Array(prompt.prefix(count)), tier: .device)))
                }
            }
            fleet.apply(.reports(reports), from: agent)
            view = FleetView(fleet)
            let server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
            plan = TargetPlan(server, numbers: inFlight.enlist(endpoints.map(\.engine)))
            for endpoint in endpoints {
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let chain = prompts[Int.random(in: 0..<prompts.count, using: &random)]
                    _ = inFlight.begin(on: endpoint.engine, uncachedTokens: 1024, chain: chain, now: .zero)
                }
            }
        }

        /// A few engines' loads change.
        func push(_ random: inout SeededRandom) {
            for _ in 0..<4 {
                var load = EngineLoad()
                load.running = .random(in: 0...64, using: &random)
                load.waiting = .random(in: 0...4, using: &random)
                load.prefillSecondsPerToken = .random(in: 0.000_05...0.000_2, using: &random)
                let engine = plan.server.endpoints[Int.random(in: 0..<engineCount, using: &random)].engine
                fleet.apply(.reports([.load(engine, load)]), from: agent)
            }
        }

        func request(_ random: inout SeededRandom) -> RoutingRequest {
            RoutingRequest(
                promptTokens: promptBlocks * blockSize + 5,
                chain: prompts[Int.random(in: 0..<prompts.count, using: &random)], blockSize: blockSize,
                outputTokensMax: 128, draw: random.next())
        }

        mutating func decide(_ request: RoutingRequest) -> Decision {
            var readings = view.readings(plan, FleetView.Question(chain: request.chain))
            inFlight.read(plan.numbers, chain: request.chain, now: .seconds(1), into: &readings.engines)
            return policy.decide(request, plan, readings)
        }
    }
}
