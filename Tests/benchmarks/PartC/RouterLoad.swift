import NIOCore
import NIOPosix
import Sockets
import TestKit

/// What the gateway adds to the wait for an answer's first byte, what long prompts cost it, and what held streams do.
/// The gateway has one core, load and engines the other.
enum RouterLoad {
    private static let seconds = 4.0
    private static let connections = 32
    /// Of the most requests a second that go through.
    private static let load = 0.7
    private static let tokensOfLongPrompt = 100_000

    static func bars() async throws -> [Bar] {
        [
            try await addedWait(bytes: 16_384, atMost: 1), try await addedWait(bytes: 400_000, atMost: 10),
            try await longPrompts(),
        ] + (try await HeldStreams.bars())
    }

    /// 99th percentile of the wait for the first byte through the gateway, less that of the engine alone at the same
    /// rate. Prompts are new each time, so their tokens are asked for at an engine.
    private static func addedWait(bytes: Int, atMost limit: Double) async throws -> Bar {
        let tokens = bytes / 4
        let (through, alone, rate) = try await onOneCore(StubEngine.Answer.whole(bytes: 518), tokens: tokens) {
            loop, engine, gateway in
            let most = try await LoadClient.run(
                loop, port: gateway, connections: connections, pace: .saturating, seconds: seconds / 2
            ) { chatRequest(bytes, number: $0) }
            let rate = most.perSecond * load
            let pace = LoadClient.Pace.rate(rate)
            let alone = try await LoadClient.run(
                loop, port: engine, connections: connections, pace: pace, seconds: seconds
            ) { chatRequest(bytes, number: $0) }
            let through = try await LoadClient.run(
                loop, port: gateway, connections: connections, pace: pace, seconds: seconds
            ) { chatRequest(bytes, number: $0 + 1_000_000) }
            guard most.failures + alone.failures + through.failures == 0 else {
                throw BenchmarkError("\(most.failures + alone.failures + through.failures) requests were not answered")
            }
            return (through, alone, rate)
        }
        let added = through.percentile(0.99) - alone.percentile(0.99)
        return Bar(
            name: "first-byte-added-p99-at-\(bytes / 1_000)-KB", value: added, unit: "ms", limit: .atMost(limit),
            detail: "p50 \(Bar.text(through.percentile(0.5))) against \(Bar.text(alone.percentile(0.5))), p99 "
                + "\(Bar.text(through.percentile(0.99))) against \(Bar.text(alone.percentile(0.99))) ms at "
                + "\(Bar.text(rate)) requests a second, \(Int(load * 100)) % of what goes through")
    }

    /// Requests with prompts of 100,000 tokens a second of one core, tokens asked for and matched.
    private static func longPrompts() async throws -> Bar {
        let bytes = tokensOfLongPrompt * 4
        let result = try await onOneCore(.whole(bytes: 518), tokens: tokensOfLongPrompt) { loop, _, gateway in
            try await LoadClient.run(loop, port: gateway, connections: 8, pace: .saturating, seconds: seconds) {
                chatRequest(bytes, number: $0)
            }
        }
        guard result.failures == 0 else { throw BenchmarkError("\(result.failures) requests were not answered") }
        return Bar(
            name: "requests-of-100000-tokens-a-second-of-a-core", value: result.perSecond, unit: "1/s",
            limit: .atLeast(50), detail: "\(result.answers) answers; each prompt new, its tokens asked for at an engine"
        )
    }

    /// Runs engines and load on a loop of this process beside the gateway on another core; `body` gets the loop, the
    /// engine's port and the gateway's.
    private static func onOneCore<T: Sendable>(
        _ answer: StubEngine.Answer, tokens: Int, _ body: @Sendable @escaping (PollLoop, Int, Int) async throws -> T
    ) async throws -> T {
        try await LoadThread.with { loop in
            let port = try await loop.submit { try StubEngine(answer, tokens: tokens).listen(loop) }.get()
            return try await GatewayProcess.run(
                ["--worker", "http://127.0.0.1:\(port)", "--engines", "4", "--exact-cache", "16"], core: 1
            ) { gateway, _ in try await body(loop, port, gateway) }
        }
    }

    /// A chat request for model `m` with about that many bytes, unlike any other.
    static func chatRequest(_ bytes: Int, number: Int, isStream: Bool = false) -> (head: [UInt8], body: [UInt8]) {
        let words = "the quick brown fox jumps over the lazy dog and says hello again to "
        let text = String(repeating: words, count: max(1, (bytes - 120) / words.utf8.count))
        let body = Array(
            """
            {"model":"m","messages":[{"role":"user","content":"\(number) \(text)"}],"max_tokens":64,\
            "stream":\(isStream)}
            """.utf8)
        let head = """
            POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.count)\r\n\r\n
            """
        return (Array(head.utf8), body)
    }
}
