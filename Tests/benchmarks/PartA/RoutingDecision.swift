import AgentProtocol
import KVBlocks
import Routing
import TestKit

/// Choosing one of 128 engines for a prompt of 128 blocks, against the same formula in a loop that only keeps the
/// cheapest: what the explanation of every candidate and the order of retries cost. The slowest hundredth counts.
enum RoutingDecision {
    private static let engineCount = 128
    private static let promptBlocks = 128
    private static let blockSize = 16
    static let requestCount = 256

    static func bar() throws -> Bar {
        var random = SeededRandom(seed: 5)
        let scene = Scene(&random)
        let requests = (0..<requestCount).map { _ in scene.request(&random) }
        return try Comparison(rounds: 8000) { round in
            let (request, matches) = requests[round % requests.count]
            let decision = Decider(request, matches: matches, inFlight: scene.inFlight, now: .seconds(1))
                .decide(scene.server) { scene.facts[$0.engine] }
            return decision.choices.first?.answering.port ?? 0
        } reference: { round in
            let (request, matches) = requests[round % requests.count]
            return scene.cheapest(request, matches)
        }
        .bar("decision-among-128-engines-p99-vs-bare-cost-loop", at: 0.99, atLeast: 0.2)
    }

    /// Engines that differ in load and speed, some with requests of this router under way.
    struct Scene {
        let server: TargetServer
        var facts: [EngineID: EngineFacts] = [:]
        var inFlight = InFlight()

        init(_ random: inout SeededRandom) {
            let endpoints = (0..<engineCount).map { number in
                Endpoint(
                    engine: EngineID(namespace: "dev", pod: "engine-\(number)", port: 8000 + number),
                    host: "127.64.0.\(number)")
            }
            server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
            for endpoint in endpoints {
                var load = EngineLoad()
                load.running = .random(in: 0...64, using: &random)
                load.waiting = .random(in: 0...4, using: &random)
                load.prefillSecondsPerToken = .random(in: 0.000_05...0.000_2, using: &random)
                facts[endpoint.engine] = EngineFacts(load: load, blockSize: blockSize, hasExactCache: true)
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let chain = (0..<promptBlocks).map { _ in BlockHash(random.next()) }
                    _ = inFlight.begin(on: endpoint.engine, uncachedTokens: 1024, chain: chain, now: .zero)
                }
            }
        }

        /// A prompt of which half of the engines hold a beginning.
        func request(_ random: inout SeededRandom) -> (RoutingRequest, [EngineID: Int]) {
            let chain = (0..<promptBlocks).map { _ in BlockHash(random.next()) }
            var matches: [EngineID: Int] = [:]
            for endpoint in server.endpoints where Bool.random(using: &random) {
                matches[endpoint.engine] = .random(in: 1...promptBlocks, using: &random)
            }
            let request = RoutingRequest(
                promptTokens: promptBlocks * blockSize + 5, chain: chain, blockSize: blockSize, outputTokensMax: 128,
                draw: random.next())
            return (request, matches)
        }

        /// The port of the engine that costs least.
        func cheapest(_ request: RoutingRequest, _ matches: [EngineID: Int]) -> Int {
            let costs = CostModel.standard
            var best = (cost: Double.infinity, port: 0)
            for endpoint in server.endpoints {
                guard let load = facts[endpoint.engine]?.load else { continue }
                let cached = request.cachedTokens(blocks: matches[endpoint.engine] ?? 0)
                let queued = max(inFlight.pendingTokens(endpoint.engine), load.waiting * costs.waitingTokens)
                let running = max(load.running, inFlight.requests(endpoint.engine))
                let uncached = Double(max(1, request.promptTokens - cached)) * (1 + costs.interference)
                let prefill = (Double(queued) + uncached) * load.prefillSecondsPerToken * 1_000
                let output = Double(request.outputTokensMax ?? costs.outputTokens)
                let cost = prefill + output * costs.decodeStep * costs.decodeSlowdown * Double(running)
                if cost < best.cost { best = (cost, endpoint.port) }
            }
            return best.port
        }
    }
}
