import EngineWire
import KVBlocks

/// What came of a message: changes of the rank's block set, and what to ask for.
struct StreamOutcome: Sendable, Hashable {
    var events: [KVEvent] = []
    /// Ask the engine to send again from here.
    var replayFrom: UInt64?
    /// The message is from a later life of the engine: `events` begin from nothing.
    var isNewLife = false
}

/// The event stream of one rank and the block set it makes; pure.
///
/// 1. Batches are applied in the order of their numbers, each once, whether they came live or replayed.
/// 2. A gap is closed by a replay; while that runs at most `pendingMax` later batches wait. A gap that no replay closes
///    empties the block set: a block whose removal was missed would be claimed for ever. A batch that a whole replay
///    left out was never kept by its engine; it is not asked for again.
/// 3. Live numbers only rise within a life. One that does not, or a batch that differs from what had its number before,
///    is another life's.
struct RankStream: Sendable {
    static let pendingMax = 4_096
    static let replayTriesMax = 3

    private(set) var cache: EngineCache
    /// The number of the next batch to apply.
    private(set) var next: UInt64 = 0
    /// Gaps that stayed open.
    private(set) var gapCount = 0
    private(set) var malformedCount = 0
    /// Replays that began behind what was asked for: the engine keeps no more.
    private(set) var truncatedCount = 0
    /// Batches read since one could not be, or the reverse.
    private(set) var drift = DriftAlarm()
    let canReplay: Bool
    /// When the batch before `next` was made, on the engine's clock.
    private var lastTime: Double?
    /// Batches made before are from a life that is over; they were on their way when it ended.
    private var notBefore = -Double.infinity
    private var lastLive: UInt64?
    private var lastLiveTime = -Double.infinity
    private var pending: [UInt64: KVEventRows] = [:]
    private var isReplaying = false
    private var failedReplays = 0
    /// Where the running replay was asked to begin, until its first batch comes.
    private var awaitedStart: UInt64?
    /// The highest number that the running replay brought.
    private var replayedUpTo: UInt64?
    /// `next` when the running replay was asked for.
    private var replayBegan: UInt64 = 0
    /// An end may still come that belongs to a replay asked of the life before.
    private var mayHearOldEnd = false
    /// The batches before `next` were seen, all of them or all that the engine still had.
    private var hasBeginning = false

    private let naming: BlockNaming?
    /// Blocks that the rank has; 0 while unknown.
    private var expected = 0

    /// `naming` says how the engine names blocks, as far as its settings tell.
    init(canReplay: Bool, naming: BlockNaming? = nil) {
        self.canReplay = canReplay
        self.naming = naming
        cache = EngineCache(naming: naming)
    }

    /// The same rank with nothing heard of it yet, in a life that began at `time` of the engine's clock or later.
    func renewed(since time: Double = -.infinity) -> RankStream {
        var stream = RankStream(canReplay: canReplay, naming: naming)
        stream.notBefore = time
        stream.expect(blocks: expected)
        return stream
    }

    /// The engine says how many blocks the rank has in all.
    mutating func expect(blocks: Int) {
        guard blocks != expected else { return }
        expected = blocks
        cache.expect(blocks: blocks)
    }

    /// The engine answers: asks for what it published before it was followed.
    mutating func begin() -> StreamOutcome {
        var outcome = StreamOutcome()
        if !hasBeginning, failedReplays < RankStream.replayTriesMax { askForReplay(&outcome) }
        return outcome
    }

    /// Takes a message; `batch` lends its room to read it.
    mutating func received(_ message: KVEventMessage, _ batch: inout KVEventRows) -> StreamOutcome {
        guard (try? batch.read(message.payload)) != nil else { return unreadable(message) }
        guard batch.time >= notBefore else { return StreamOutcome() }
        if isFromNewLife(message, batch) {
            self = renewed(since: notBefore)
            var outcome = received(message, &batch)
            // The replay was for the life before: what came first in this one is missing.
            if message.isReplay {
                askForReplay(&outcome)
                mayHearOldEnd = true
            }
            outcome.isNewLife = true
            return outcome
        }
        var outcome = StreamOutcome()
        if message.isReplay {
            replayBrought(message.sequence)
        } else {
            lastLive = max(lastLive ?? 0, message.sequence)
            lastLiveTime = max(lastLiveTime, batch.time)
        }
        guard message.sequence >= next else { return outcome }
        if message.sequence == next {
            apply(batch, &outcome)
            applyPending(&outcome)
        } else {
            wait(message.sequence, batch, &outcome)
        }
        return outcome
    }

    /// A replay is over; what is still missing then is not kept by the engine any more.
    mutating func replayEnded(isComplete: Bool) -> StreamOutcome {
        var outcome = StreamOutcome()
        guard isReplaying else { return outcome }
        isReplaying = false
        if mayHearOldEnd, awaitedStart != nil {
            mayHearOldEnd = false
            askForReplay(&outcome)
            return outcome
        }
        return isComplete ? replayCompleted(outcome) : replayBroke(outcome)
    }

    /// What the engine did not send again it does not have.
    private mutating func replayCompleted(_ outcome: StreamOutcome) -> StreamOutcome {
        var outcome = outcome
        hasBeginning = true
        if let replayedUpTo {
            while let first = pending.keys.min(), first <= replayedUpTo { giveUpGap(&outcome) }
        } else {
            giveUpGap(&outcome)
        }
        guard !pending.isEmpty else {
            failedReplays = 0
            return outcome
        }
        // Later live batches were lost after the engine had answered.
        return replayBroke(outcome)
    }

    /// A replay that brought something goes on from there; one that brings nothing is tried a few times.
    private mutating func replayBroke(_ outcome: StreamOutcome) -> StreamOutcome {
        var outcome = outcome
        let hasProgress = next > replayBegan
        failedReplays = hasProgress ? 1 : failedReplays + 1
        if failedReplays < RankStream.replayTriesMax, hasProgress || !pending.isEmpty {
            askForReplay(&outcome)
        } else {
            giveUpGap(&outcome)
        }
        return outcome
    }

    private mutating func replayBrought(_ sequence: UInt64) {
        if let awaitedStart, replayedUpTo == nil, sequence > awaitedStart, sequence > next { truncatedCount += 1 }
        if sequence == awaitedStart { awaitedStart = nil }
        replayedUpTo = max(replayedUpTo ?? 0, sequence)
    }

    /// The engine forgot its cache without a word.
    mutating func cleared() -> [KVEvent] { cache.clear() }

    /// The engine was asked to forget its cache so many times by now; it says so only with its next step.
    mutating func wasReset(_ resets: Int, at time: Double) -> [KVEvent] { cache.wasReset(resets, at: time) }

    private func isFromNewLife(_ message: KVEventMessage, _ batch: KVEventRows) -> Bool {
        if message.isReplay {
            guard message.sequence + 1 == next, let lastTime else { return false }
            return batch.time != lastTime
        }
        if let lastLive, message.sequence <= lastLive { return !isKnown(message.sequence, batch) }
        // A replay may have run ahead of the live socket: then the batch is an old one.
        guard message.sequence < next, let lastTime else { return false }
        return batch.time > lastTime
    }

    /// A live batch that came twice, or after one made later.
    private func isKnown(_ sequence: UInt64, _ batch: KVEventRows) -> Bool {
        if sequence >= next { return pending[sequence].map { $0.time == batch.time } ?? (batch.time <= lastLiveTime) }
        return sequence + 1 == next && batch.time == lastTime
    }

    private mutating func unreadable(_ message: KVEventMessage) -> StreamOutcome {
        var outcome = StreamOutcome()
        guard message.sequence >= next else { return outcome }
        malformedCount += 1
        drift.observe(.faulty(.unreadable))
        skip(to: message.sequence, &outcome)
        next += 1
        lastTime = nil
        if !message.isReplay { lastLive = message.sequence }
        applyPending(&outcome)
        return outcome
    }

    private mutating func wait(_ sequence: UInt64, _ batch: KVEventRows, _ outcome: inout StreamOutcome) {
        pending[sequence] = batch
        if !isReplaying, failedReplays < RankStream.replayTriesMax { askForReplay(&outcome) }
        if !isReplaying || pending.count > RankStream.pendingMax { giveUpGap(&outcome) }
    }

    /// Asks from the last batch known, so that a batch under its number from another life is noticed.
    private mutating func askForReplay(_ outcome: inout StreamOutcome) {
        guard canReplay, !isReplaying else { return }
        isReplaying = true
        let start = next > 0 && lastTime != nil ? next - 1 : next
        awaitedStart = start
        replayedUpTo = nil
        replayBegan = next
        outcome.replayFrom = start
    }

    /// Goes on after a gap that will not be closed.
    private mutating func giveUpGap(_ outcome: inout StreamOutcome) {
        guard let first = pending.keys.min() else { return }
        skip(to: first, &outcome)
        applyPending(&outcome)
    }

    private mutating func skip(to sequence: UInt64, _ outcome: inout StreamOutcome) {
        if next > 0 { gapCount += 1 }
        outcome.events += cache.clear()
        next = sequence
    }

    private mutating func applyPending(_ outcome: inout StreamOutcome) {
        guard !pending.isEmpty else { return }
        while let batch = pending.removeValue(forKey: next) { apply(batch, &outcome) }
        pending = pending.filter { $0.key >= next }
    }

    private mutating func apply(_ batch: KVEventRows, _ outcome: inout StreamOutcome) {
        if next == 0 { hasBeginning = true }
        next += 1
        lastTime = batch.time
        let before = cache.counts
        outcome.events += cache.apply(batch)
        let isUnreadable = batch.unreadableCount > 0 || (batch.isEmpty && batch.unknownCount > 0)
        drift.observe(isUnreadable ? .faulty(.unreadable) : cache.counts.sight(since: before))
    }
}
