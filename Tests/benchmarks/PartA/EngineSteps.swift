import EngineSimulator
import TestKit

/// How many short requests a second of one core's time the simulated engine gets through, in virtual time: the most
/// that a test of a whole fleet can ask of this machine.
enum EngineSteps {
    private static let requestCount = 2000
    private static let promptTokens = 64
    private static let outputTokens = 16
    /// Virtual seconds between arrivals.
    private static let interval = 0.005
    private static let runs = 3

    static func bar() throws -> Bar {
        var best = Double.infinity
        var steps = 0
        for _ in 0..<runs {
            let start = CoreTime.seconds
            steps = try run()
            best = min(best, CoreTime.seconds - start)
        }
        return Bar(
            name: "engine-simulator-short-requests-a-second-of-a-core", value: Double(requestCount) / best,
            unit: "requests/s", limit: .atLeast(2000), detail: "\(steps) steps in \(Bar.text(best * 1000)) ms of a core"
        )
    }

    /// Serves every request to its end; answers the steps it took.
    private static func run() throws -> Int {
        let engine = VirtualEngine(EngineConfiguration())
        var random = SeededRandom(seed: 6)
        var now = 0.0
        var submitted = 0
        var finished = 0
        var steps = 0
        while finished < requestCount {
            while submitted < requestCount, engine.isIdle || Double(submitted) * interval <= now {
                now = max(now, Double(submitted) * interval)
                let prompt = (0..<promptTokens).map { _ in UInt32.random(in: 0..<128_000, using: &random) }
                var request = EngineRequest(name: "r\(submitted)", prompt: prompt, maxTokens: outputTokens)
                request.ignoresEnd = true
                _ = engine.submit(request, now: now)
                submitted += 1
            }
            guard let plan = engine.beginStep(now: now) else {
                throw BenchmarkError("the engine stands still after \(finished) of \(requestCount) requests")
            }
            now += plan.seconds
            finished += engine.finishStep(plan, now: now, wallTime: now).outputs.count { $0.finish != nil }
            steps += 1
        }
        guard engine.statistics.generationTokens == requestCount * outputTokens else {
            throw BenchmarkError("the engine made \(engine.statistics.generationTokens) tokens")
        }
        return steps
    }
}
