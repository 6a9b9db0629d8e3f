import ClusterKit
import NIOCore
import NIOPosix
import Sockets
import TestKit

/// What the gateway adds to the wait for an answer's first byte, and what long prompts cost it.
/// The gateway has one core, load and engines the other.
enum RouterLoad {
    private static let seconds = 4.0
    private static let tokensOfLongPrompt = 100_000

    static func addedWaits() async throws -> [Bar] {
        [try await addedWait(bytes: 16_384, atMost: 1), try await addedWait(bytes: 400_000, atMost: 10)]
    }

    /// 99th percentile of the wait for the first byte through the gateway, less that of the engine alone at the same
    /// rate, with so many requests that the gateway uses 70 % of its core. Prompts are new each time, so their tokens
    /// are asked for at an engine. The median of several rounds: a virtual machine stands still for milliseconds now
    /// and then, and is half as fast for seconds; what a proxy without routing adds there is said beside it.
    private static func addedWait(bytes: Int, atMost limit: Double) async throws -> Bar {
        let (own, plain) = try await onOneCore(StubEngine.Answer.whole(bytes: 518), tokens: bytes / 4) {
            loop, engine, gateway, process in
            var wait = AddedWait(loop, engine: engine, bytes: bytes)
            let own = try await wait.rounds(port: gateway, process)
            guard PlainProxy.exists else { return (own, [AddedWait.Round]()) }
            let plain = try await PlainProxy.run(worker: engine, core: 1) { port, process in
                var wait = AddedWait(loop, engine: engine, bytes: bytes)
                return try await wait.rounds(port: port, process)
            }
            return (own, plain)
        }
        let middle = own[own.count / 2]
        return Bar(
            name: "first-byte-added-p99-at-\(bytes / 1_000)-KB", value: middle.added, unit: "ms", limit: .atMost(limit),
            detail: AddedWait.text(own) + (plain.isEmpty ? "" : "\n  nginx: " + AddedWait.text(plain)))
    }

    /// Requests with prompts of 100,000 tokens a second of one core, tokens asked for and matched.
    static func longPrompts() async throws -> Bar {
        let bytes = tokensOfLongPrompt * 4
        let result = try await onOneCore(.whole(bytes: 518), tokens: tokensOfLongPrompt) { loop, _, gateway, _ in
            try await LoadClient.run(
                loop, port: gateway, connections: 8, pace: .saturating, seconds: seconds, ChatRequest(bytes: bytes))
        }
        guard result.failures == 0 else { throw BenchmarkError("\(result.failures) requests were not answered") }
        return Bar(
            name: "requests-of-100000-tokens-a-second-of-a-core", value: result.perSecond, unit: "1/s",
            limit: .atLeast(50), detail: "\(result.answers) answers; each prompt new, its tokens asked for at an engine"
        )
    }

    /// Runs engines and load on a loop of this process beside the gateway on another core; `body` gets the loop, the
    /// engine's port, the gateway's and its process.
    private static func onOneCore<T: Sendable>(
        _ answer: StubEngine.Answer, tokens: Int,
        _ body: @Sendable @escaping (PollLoop, Int, Int, Int32) async throws -> T
    ) async throws -> T {
        try await LoadThread.with { loop in
            let port = try await loop.submit { try StubEngine(answer, tokens: tokens).listen(loop) }.get()
            return try await GatewayProcess.run(
                ["--worker", "http://127.0.0.1:\(port)", "--engines", "4", "--exact-cache", "16"], core: 1
            ) { gateway, process in try await body(loop, port, gateway, process) }
        }
    }
}
