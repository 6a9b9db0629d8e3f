import Logging
import NIOPosix
import Synchronization

/// The ports of Gateways' listeners besides the router's own: opened and closed as Gateways come and go.
///
/// 1. A port that is wanted is open, or its problem is known and opening it is tried again.
/// 2. Closing a port ends no connection: what came in through it gets no listener from then on.
final class ListeningPorts: Sendable {
    /// How soon a port that could not be opened is tried again.
    static let retryDelay = Duration.seconds(2)

    /// Opens a port.
    typealias Open = @Sendable (Int) async throws -> GatewayLoops.OpenPort

    private struct State {
        var wanted: Set<Int> = []
        var problems: [Int: String] = [:]
        var open: Set<Int> = []
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(logger: Logger) {
        self.logger = logger
        // One pending note is enough: each round goes by all that is wanted.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func want(_ ports: Set<Int>) {
        let isNew = state.withLock { state in
            defer { state.wanted = ports }
            return state.wanted != ports
        }
        if isNew { changed.yield() }
    }

    /// Why a port is not open, in one sentence; nil where it is.
    func problem(_ port: Int) -> String? {
        state.withLock { state in
            state.open.contains(port) ? nil : state.problems[port] ?? "Port \(port) is not open yet"
        }
    }

    /// Keeps the ports open until cancelled, then closes them. `main` is open already.
    func run(except main: Int, open: @escaping Open) async {
        var opened: [Int: GatewayLoops.OpenPort] = [:]
        note([:], open: [main])
        await withDiscardingTaskGroup { group in
            for await _ in changes {
                let wanted = state.withLock { $0.wanted }.subtracting([main])
                for (port, listener) in opened where !wanted.contains(port) {
                    opened[port] = nil
                    await listener.close()
                    logger.info("Closed port of Gateways", metadata: ["port": "\(port)"])
                }
                var problems: [Int: String] = [:]
                for port in wanted.sorted() where opened[port] == nil {
                    do {
                        opened[port] = try await open(port)
                        logger.info("Opened port of Gateways", metadata: ["port": "\(port)"])
                    } catch {
                        problems[port] = "\(error)"
                    }
                }
                note(problems, open: Set(opened.keys).union([main]))
                if !problems.isEmpty {
                    group.addTask { [changed] in
                        try? await Task.sleep(for: Self.retryDelay)
                        changed.yield()
                    }
                }
            }
            group.cancelAll()
        }
        for listener in opened.values { await listener.close() }
    }

    private func note(_ problems: [Int: String], open: Set<Int>) {
        let old = state.withLock { state in
            defer {
                state.problems = problems
                state.open = open
            }
            return state.problems
        }
        for (port, problem) in problems where old[port] != problem {
            logger.warning(
                "Cannot open port of Gateways", metadata: ["port": "\(port)", "problem": .string(problem)])
        }
    }
}
