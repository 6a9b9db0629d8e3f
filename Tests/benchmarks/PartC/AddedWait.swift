import ClusterKit
import NIOCore
import Sockets

/// How much longer a first byte takes through a proxy than from the engine alone, at a load that is kept.
struct AddedWait {
    /// Share of the proxy's core that is used.
    private static let load = 0.7
    private static let connections = 32
    private static let roundCount = 9
    private static let seconds = 1.0

    /// The engine alone and the proxy, one after the other at the same rate.
    struct Round: Sendable {
        var rate: Double
        /// Share of its core that the proxy used.
        var usage: Double
        var alone: LoadClient.Result
        var through: LoadClient.Result

        var added: Double { through.percentile(0.99) - alone.percentile(0.99) }

        func text(_ share: Double) -> String {
            "\(Bar.text(through.percentile(share))) against \(Bar.text(alone.percentile(share)))"
        }
    }

    private let loop: PollLoop
    private let engine: Int
    private var request: ChatRequest

    /// Requests have `bytes` bytes; the engine listens on `engine`.
    init(_ loop: PollLoop, engine: Int, bytes: Int) {
        self.loop = loop
        self.engine = engine
        request = ChatRequest(bytes: bytes)
    }

    /// Rounds through the proxy on `port`, least added first. What a request cost in one sets the next one's rate.
    mutating func rounds(port: Int, _ process: Int32) async throws -> [Round] {
        let (most, used) = try await run(port, .saturating, process)
        var cost = used / Double(most.answers)
        var rounds: [Round] = []
        for _ in 0..<Self.roundCount {
            let rate = Self.load / cost
            let (alone, _) = try await run(engine, .rate(rate), process)
            let (through, used) = try await run(port, .rate(rate), process)
            cost = used / Double(through.answers)
            rounds.append(Round(rate: rate, usage: used / Self.seconds, alone: alone, through: through))
        }
        return rounds.sorted { $0.added < $1.added }
    }

    /// One run, and the seconds of a core that the proxy used in it.
    private mutating func run(
        _ port: Int, _ pace: LoadClient.Pace, _ process: Int32
    ) async throws -> (LoadClient.Result, Double) {
        let before = try ProcessUsage.coreSeconds(process)
        request.skip(1_000_000)
        let result = try await LoadClient.run(
            loop, port: port, connections: Self.connections, pace: pace, seconds: Self.seconds, request)
        guard result.failures == 0 else { throw BenchmarkError("\(result.failures) requests were not answered") }
        return (result, try ProcessUsage.coreSeconds(process) - before)
    }

    /// The middle one of sorted rounds, and how far the others are.
    static func text(_ rounds: [Round]) -> String {
        let middle = rounds[rounds.count / 2]
        return "p50 \(middle.text(0.5)), p99 \(middle.text(0.99)) ms at \(Bar.text(middle.rate)) requests a second, "
            + "\(Int(middle.usage * 100)) % of a core; \(rounds.count) rounds from \(Bar.text(rounds[0].added)) to "
            + "\(Bar.text(rounds[rounds.count - 1].added)) ms"
    }
}
