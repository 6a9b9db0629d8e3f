import AgentProtocol
import Engines
import KVBlocks
import Logging

/// Reports as they come.
final class Journal: Sendable {
    private let reports: AsyncStream<Report>
    private let continuation: AsyncStream<Report>.Continuation

    init() { (reports, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000)) }

    func add(_ report: Report) { continuation.yield(report) }

    /// The first report from here on of which `look` makes something.
    func first<Found>(_ look: (Report) -> Found?) async throws -> Found {
        for await report in reports {
            if let found = look(report) { return found }
        }
        throw CancellationError()
    }

    func engine(_ matches: @escaping (EngineDescription) -> Bool) async throws -> EngineDescription {
        try await first { report in
            guard case .engine(let engine) = report, matches(engine) else { return nil }
            return engine
        }
    }

    func stored() async throws -> (blocks: [BlockHash], incarnation: UInt64) {
        try await first { report in
            guard case .cache(_, _, let incarnation, .stored(_, let blocks, _)) = report else { return nil }
            return (blocks, incarnation)
        }
    }

    /// Runs a monitor, and a journal of its reports, while `body` runs.
    static func watching(_ body: (EngineMonitor, Journal) async throws -> Void) async throws {
        let journal = Journal()
        let monitor = EngineMonitor(logger: .silent, report: journal.add)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await monitor.run() }
            try await body(monitor, journal)
            group.cancelAll()
        }
    }
}
