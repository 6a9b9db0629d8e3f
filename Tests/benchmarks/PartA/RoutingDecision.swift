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
        var scene = Scene(&random)
        var policy = CostPolicy()
        // The reference knows no ties.
        policy.costs.indifference = 0
        let requests = (0..<requestCount).map { _ in scene.request(&random) }
        return try Comparison(rounds: 8000) { round in
            var (request, readings) = requests[round % requests.count]
            scene.inFlight.read(scene.plan.numbers, chain: request.chain, now: .seconds(1), into: &readings)
            let decision = Decider(request, plan: scene.plan, readings: readings, policy: policy).decide()
            return decision.choices.first?.answering.port ?? 0
        } reference: { round in
            var (request, readings) = requests[round % requests.count]
            scene.inFlight.read(scene.plan.numbers, chain: request.chain, now: .seconds(1), into: &readings)
            return scene.cheapest(request, readings)
        }
        .bar("decision-among-128-engines-p99-vs-bare-cost-loop", at: 0.99, atLeast: 0.3)
    }

    /// Engines that differ in load and speed, some with requests of this router under way.
    private struct Scene {
        let plan: TargetPlan
        var readings: [EngineReading] = []
        var inFlight = InFlight()

        init(_ random: inout SeededRandom) {
            let endpoints = (0..<engineCount).map { number in
                Endpoint(
                    engine: EngineID(namespace: "dev", pod: "engine-\(number)", port: 8000 + number),
                    host: "127.64.0.\(number)")
            }
            let server = TargetServer(name: ObjectName(namespace: "dev", name: "server"), endpoints: endpoints)
            plan = TargetPlan(server, numbers: inFlight.enlist(endpoints.map(\.engine)))
            for endpoint in endpoints {
                var load = EngineLoad()
                load.running = .random(in: 0...64, using: &random)
                load.waiting = .random(in: 0...4, using: &random)
                load.prefillSecondsPerToken = .random(in: 0.000_05...0.000_2, using: &random)
                readings.append(EngineReading(EngineFacts(load: load, blockSize: blockSize, hasExactCache: true)))
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let chain = (0..<promptBlocks).map { _ in BlockHash(random.next()) }
                    _ = inFlight.begin(on: endpoint.engine, uncachedTokens: 1024, chain: chain, now: .zero)
                }
            }
        }

        /// A prompt of which half of the engines hold a beginning.
        func request(_ random: inout SeededRandom) -> (RoutingRequest, [EngineReading]) {
            let chain = (0..<promptBlocks).map { _ in BlockHash(random.next()) }
            var readings = self.readings
            for place in readings.indices where Bool.random(using: &random) {
                readings[place].matchedBlocks = .random(in: 1...Int32(promptBlocks), using: &random)
            }
            let request = RoutingRequest(
                promptTokens: promptBlocks * blockSize + 5, chain: chain, blockSize: blockSize, outputTokensMax: 128,
                draw: random.next())
            return (request, readings)
        }

        /// The port of the engine that costs least.
        func cheapest(_ request: RoutingRequest, _ readings: [EngineReading]) -> Int {
            let costs = CostModel.standard
            var best = (cost: Double.infinity, place: 0)
            for place in readings.indices {
                let engine = readings[place]
                let cached = request.cachedTokens(blocks: Int(engine.matchedBlocks))
                let reported = Int(engine.waiting) * costs.waitingTokens + Int(engine.freshTokens)
                let queued = Double(max(Int(engine.pendingTokens), reported))
                let perToken = Double(engine.prefillPerToken)
                let prefill = Double(max(1, request.promptTokens - cached)) * perToken
                let running = Int(engine.running) + Int(engine.freshRequests)
                let output = Double(request.outputTokensMax ?? costs.outputTokens)
                let decode = output * costs.decodeStep * costs.decodeSlowdown * Double(running)
                let cost = queued * perToken + prefill + prefill * costs.interference + decode
                if cost < best.cost { best = (cost, place) }
            }
            return plan.server.endpoints[best.place].port
        }
    }
}
