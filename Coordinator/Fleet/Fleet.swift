package import AgentProtocol
package import KVBlocks
package import KVIndex
import Synchronization

/// The coordinator's live picture of engines, their load and their caches, fed by the agents.
///
/// Writers hold the lock for at most `blocksPerHold` blocks of cache changes at a time, and for one pass over the index
/// when a rank leaves; readers get values and wait no longer than that.
package final class Fleet: Sendable {
    /// An agent may be silent this long before its engines are marked unreachable.
    package static let graceDefault = Duration.seconds(10)
    private static let blocksPerHold = 4096

    private struct Shared {
        var state: FleetState
        var handlers: [@Sendable () -> Void] = []
        /// Version of the snapshot that was last handed out.
        var knownVersion: UInt64 = 0

        /// Gives the handlers that are to be called once the lock is free.
        mutating func change(_ body: (inout FleetState) -> Void) -> [@Sendable () -> Void] {
            let before = state.version
            body(&state)
            return state.version != before && knownVersion == before ? handlers : []
        }
    }

    private let shared: Mutex<Shared>
    private let now: @Sendable () -> Duration

    /// `indexBytesMax` caps the memory of the KV index; `now` is a monotonic time, given by tests.
    package init(
        indexBytesMax: Int = KVIndex.bytesMaxDefault, grace: Duration = graceDefault,
        now: (@Sendable () -> Duration)? = nil
    ) {
        shared = Mutex(Shared(state: FleetState(indexBytesMax: indexBytesMax, grace: grace)))
        let start = ContinuousClock.now
        self.now = now ?? { ContinuousClock.now - start }
    }

    /// Takes one event of the link; events of one agent come one after another.
    package func apply(_ event: LinkEvent, from agent: AgentID) {
        let time = now()
        guard case .reports(let reports) = event else {
            change { $0.apply(event, from: agent, now: time) }
            return
        }
        for part in Self.portions(of: reports) {
            change { $0.apply(.reports(Array(part)), from: agent, now: time) }
        }
    }

    /// The engines as they are now.
    package var snapshot: FleetSnapshot {
        let time = now()
        let (snapshot, handlers) = shared.withLock { shared in
            let handlers = shared.change { $0.expire(now: time) }
            shared.knownVersion = shared.state.version
            return (shared.state.snapshot, handlers)
        }
        for handler in handlers { handler() }
        return snapshot
    }

    /// The engines as they are now and what they hold of a prompt, both of one moment.
    package func look(_ chain: [BlockHash]) -> FleetLook {
        let time = now()
        let (look, handlers) = shared.withLock { shared in
            let handlers = shared.change { $0.expire(now: time) }
            shared.knownVersion = shared.state.version
            return (shared.state.look(chain), handlers)
        }
        for handler in handlers { handler() }
        return look
    }

    /// How many leading blocks of a prompt each rank holds in any tier; ranks without its first block are absent.
    package func matches(_ chain: [BlockHash]) -> [RankID: Int] {
        prefixes(chain).mapValues(\.disk)
    }

    /// The same by tier.
    package func prefixes(_ chain: [BlockHash]) -> [RankID: PrefixMatch] {
        if chain.isEmpty { return [:] }
        return shared.withLock { $0.state.matches(chain) }
    }

    /// Says that a prompt was routed, so that its blocks are not the first to go when memory is short.
    package func touch(_ chain: [BlockHash]) {
        shared.withLock { $0.state.index.touch(chain) }
    }

    /// Lets time pass: marks and forgets agents that are overdue. Reading a snapshot does the same.
    package func refresh() {
        let time = now()
        change { $0.expire(now: time) }
    }

    /// Forgets an agent whose node is gone.
    package func forget(_ agent: AgentID) {
        change { $0.forget(agent) }
    }

    /// Calls `handler`, on the writer's thread, after engines or loads changed. Changes until somebody reads the next
    /// snapshot are told once; changes of caches alone are not told.
    package func onChange(_ handler: @escaping @Sendable () -> Void) {
        shared.withLock { $0.handlers.append(handler) }
    }

    /// The fleet in a few numbers.
    package var summary: FleetSummary { shared.withLock { FleetSummary($0.state) } }

    /// Who is connected and what is known of it, for people. Counts blocks in one pass under the lock.
    package var debug: FleetDebug {
        let time = now()
        return shared.withLock { FleetDebug($0.state, now: time) }
    }

    private func change(_ body: (inout FleetState) -> Void) {
        let handlers = shared.withLock { $0.change(body) }
        for handler in handlers { handler() }
    }

    /// Cuts reports where the blocks they name exceed `blocksPerHold`; one report is never cut.
    private static func portions(of reports: [Report]) -> [ArraySlice<Report>] {
        var result: [ArraySlice<Report>] = []
        var start = 0
        var blocks = 0
        for (offset, report) in reports.enumerated() {
            blocks += report.blockCount
            guard blocks >= blocksPerHold else { continue }
            result.append(reports[start...offset])
            start = offset + 1
            blocks = 0
        }
        if start < reports.count { result.append(reports[start...]) }
        return result
    }
}
