package import AgentProtocol
package import KVBlocks
package import KVIndex
import Synchronization

/// The coordinator's live picture of engines, their load and their caches, fed by the agents.
///
/// Writers take turns, for at most `blocksPerHold` blocks of cache changes and for one pass over the index when a rank
/// leaves. Readers never wait for that: they take the picture, which writers change in moments, and read the index
/// while it is written.
package final class Fleet: Sendable {
    /// An agent may be silent this long before its engines are marked unreachable.
    package static let graceDefault = Duration.seconds(10)
    private static let blocksPerHold = 4096

    /// What is shown, and to whom it is told.
    private struct Shown {
        var picture = FleetPicture()
        var handlers: [@Sendable () -> Void] = []
        /// Version of the snapshot that was last handed out.
        var knownVersion: UInt64 = 0

        /// Gives the handlers that are to be called once the lock is free.
        mutating func take(_ change: FleetChange) -> [@Sendable () -> Void] {
            let before = picture.version
            return picture.take(change) && knownVersion == before ? handlers : []
        }
    }

    private let state: Mutex<FleetState>
    /// Taken by writers while they hold the state, never the other way round.
    private let shown = Mutex(Shown())
    private let index: KVIndex
    private let now: @Sendable () -> Duration

    /// `indexBytesMax` caps the memory of the KV index; `now` is a monotonic time, given by tests.
    package init(
        indexBytesMax: Int = KVIndex.bytesMaxDefault, grace: Duration = graceDefault,
        now: (@Sendable () -> Duration)? = nil
    ) {
        index = KVIndex(bytesMax: indexBytesMax)
        state = Mutex(FleetState(index, grace: grace))
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
    package var snapshot: FleetSnapshot { picture.snapshot }

    /// The engines as they are now, and what they hold of a prompt.
    package func look(_ chain: [BlockHash]) -> FleetLook {
        guard !chain.isEmpty else { return FleetLook(snapshot: snapshot, matches: []) }
        let (picture, found) = index.matches(chain) { self.picture }
        if index.isShort { index.touch(chain) }
        var matches: [FleetLook.Match] = []
        matches.reserveCapacity(found.count)
        for match in found {
            guard let name = picture.name(of: match.rank) else { continue }
            matches.append(FleetLook.Match(engine: name.engine, rank: name.rank, blocks: match.disk))
        }
        return FleetLook(snapshot: picture.snapshot, matches: matches)
    }

    /// How many leading blocks of a prompt each rank holds in any tier; ranks without its first block are absent.
    package func matches(_ chain: [BlockHash]) -> [RankID: Int] {
        prefixes(chain).mapValues(\.disk)
    }

    /// The same by tier.
    package func prefixes(_ chain: [BlockHash]) -> [RankID: PrefixMatch] {
        let (picture, found) = index.matches(chain) { self.picture }
        var result: [RankID: PrefixMatch] = [:]
        for match in found {
            if let id = picture.id(of: match.rank) { result[id] = match }
        }
        return result
    }

    /// What is shown, after what time alone changes.
    private var picture: FleetPicture {
        let time = now()
        let shown = shown.withLock { shown -> FleetPicture? in
            if let deadline = shown.picture.nextDeadline, deadline <= time { return nil }
            shown.knownVersion = shown.picture.version
            return shown.picture
        }
        if let shown { return shown }
        refresh()
        return self.shown.withLock { shown in
            shown.knownVersion = shown.picture.version
            return shown.picture
        }
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
        shown.withLock { $0.handlers.append(handler) }
    }

    /// The fleet in a few numbers.
    package var summary: FleetSummary { state.withLock { FleetSummary($0) } }

    /// Who is connected and what is known of it, for people. Counts blocks in one pass, for which writers wait.
    package var debug: FleetDebug {
        let time = now()
        refresh()
        return state.withLock { state in
            let picture = shown.withLock { $0.picture }
            return FleetDebug(state, picture, now: time)
        }
    }

    private func change(_ body: (inout FleetState) -> Void) {
        let handlers = state.withLock { state in
            body(&state)
            let change = state.takeNews()
            let handlers = shown.withLock { $0.take(change) }
            state.index.reuseRanks()
            return handlers
        }
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
