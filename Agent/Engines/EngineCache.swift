package import EngineWire
package import KVBlocks

/// What one rank of one engine holds, learned from its events; pure: events in, changes in content hashes out.
///
/// 1. A content hash depends on tokens, adapter, salt and other keys of a block and of all blocks before it, and on
///    nothing of the engine: equal prompts give equal hashes on every engine.
/// 2. A block is held in a tier as long as one engine hash that stands for it has a copy there. Engines tell each
///    physical copy; a run told again from its start (`kv_cache_report_mode: full`) is no new copy.
/// 3. Changes come out in the order of the events, each block's gain and loss once.
/// 4. Runs whose parent is unknown are parked, at most `parkedMax` blocks; the run parked longest is dropped first.
/// 5. Groups other than full attention (sliding windows, state spaces) are left out: what they hold is no prefix.
package struct EngineCache: Sendable {
    /// Blocks of parked runs.
    package static let parkedMax = 8_192
    /// Engine hashes of blocks no longer held that are kept so that a later block can still name them as its parent.
    package static let rememberedMax = 16_384
    /// More copies of one block than this are not told apart; an engine that tells too many would never let it go.
    package static let copiesMax: UInt8 = 8

    /// One engine hash in one group.
    struct Key: Hashable {
        var hash: EngineBlockHash
        var group: Int
    }

    private struct Entry {
        var content: BlockHash
        var copies = TierCounts()
        /// The batch that stored it last.
        var batch: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var remembered = RememberedBlocks(max: EngineCache.rememberedMax)
    private var parked = ParkedRuns(max: EngineCache.parkedMax)
    private var ignoredGroups: Set<Int> = []
    private var batch: UInt64 = 0
    /// The event before took a block away, as an engine does for one that it is about to fill.
    private var madeRoom = false
    /// The blocks held, by content.
    package private(set) var blocks = HeldBlocks()
    /// Tokens a block of the latest run; 0 before the first.
    package private(set) var blockSize = 0
    package private(set) var counts = EngineCacheCounts()

    package init() {}

    /// Applies everything one engine step changed.
    package mutating func apply(_ batch: KVEventBatch) -> [KVEvent] {
        self.batch += 1
        counts.unknown += batch.unknownCount
        counts.unreadable += batch.unreadableCount
        counts.oddFields += batch.oddFieldCount
        var changes = ChangeLog()
        madeRoom = false
        for event in batch.events {
            switch event {
            case .stored(let stored):
                store(stored, &changes)
                madeRoom = false
            case .removed(let removed):
                remove(removed, &changes)
                madeRoom = true
            case .cleared: changes.append(contentsOf: clear())
            }
        }
        return changes.take()
    }

    /// Forgets everything.
    package mutating func clear() -> [KVEvent] {
        entries = [:]
        remembered = RememberedBlocks(max: EngineCache.rememberedMax)
        parked = ParkedRuns(max: EngineCache.parkedMax)
        guard !blocks.isEmpty else { return [] }
        blocks = HeldBlocks()
        return [.cleared]
    }

    private mutating func store(_ run: BlocksStored, _ changes: inout ChangeLog) {
        let group = run.group ?? 0
        guard EngineCache.holdsPrefixes(run.specKind), run.locality != "REMOTE" else {
            if run.locality != "REMOTE" { ignoredGroups.insert(group) }
            return counts.ignored += run.blockHashes.count
        }
        let tier = KVTier(medium: run.medium)
        if run.tokenIDs.isEmpty {
            // A tier may tell only where a block is; what it is was told before.
            for hash in run.blockHashes { relocate(Key(hash: hash, group: group), tier, &changes) }
            return
        }
        guard run.blockSize > 0, run.tokenIDs.count == run.blockHashes.count * run.blockSize else {
            return counts.ignored += run.blockHashes.count
        }
        var parent: BlockHash?
        if let hash = run.parent {
            guard let known = content(of: Key(hash: hash, group: group)) else {
                counts.dropped += parked.add(run, parent: Key(hash: hash, group: group))
                return
            }
            parent = known
        }
        blockSize = run.blockSize
        store(run, after: parent, tier, &changes)
    }

    /// Stores a run whose parent is known, and what waited for its blocks.
    private mutating func store(
        _ run: BlocksStored, after parent: BlockHash?, _ tier: KVTier, _ changes: inout ChangeLog
    ) {
        let contents = run.contentHashes(after: parent)
        let group = run.group ?? 0
        // Only what starts a prompt is told again. One block alone may also be a prompt of just that length, for
        // engines compute the last token anew; that needs room.
        let mayBeRetold = parent == nil && !(contents.count == 1 && madeRoom)
        var previous = parent
        for (hash, content) in zip(run.blockHashes, contents) {
            let key = Key(hash: hash, group: group)
            hold(key, content, after: previous, tier, mayBeRetold: mayBeRetold, &changes)
            previous = content
        }
        for hash in run.blockHashes {
            for waiting in parked.take(parent: Key(hash: hash, group: group)) { store(waiting, &changes) }
        }
    }

    private mutating func hold(
        _ key: Key, _ content: BlockHash, after parent: BlockHash?, _ tier: KVTier, mayBeRetold: Bool,
        _ changes: inout ChangeLog
    ) {
        counts.stored += 1
        var entry = entries[key] ?? Entry(content: content, batch: batch)
        let isHeld = entry.copies[tier] > 0
        // Two requests that compute a block in one step make two copies; a run told anew, later, from its start, none.
        if isHeld, mayBeRetold, entry.batch != batch {
            counts.repeated += 1
            return
        }
        entry.batch = batch
        entry.copies[tier] = min(entry.copies[tier] + 1, EngineCache.copiesMax)
        entries[key] = entry
        remembered.forget(key)
        if !isHeld, blocks.add(content, after: parent, tier) { changes.stored(content, after: parent, tier) }
    }

    private mutating func relocate(_ key: Key, _ tier: KVTier, _ changes: inout ChangeLog) {
        guard let content = content(of: key) else { return counts.ignored += 1 }
        let parent = blocks.parent(of: content) ?? remembered.parent(of: key)
        hold(key, content, after: parent, tier, mayBeRetold: true, &changes)
    }

    private mutating func remove(_ removed: BlocksRemoved, _ changes: inout ChangeLog) {
        let group = removed.group ?? 0
        guard !ignoredGroups.contains(group), removed.locality != "REMOTE" else { return }
        let tier = KVTier(medium: removed.medium)
        for hash in removed.blockHashes {
            let key = Key(hash: hash, group: group)
            guard var entry = entries[key], entry.copies[tier] > 0 else {
                counts.unknownRemoved += 1
                continue
            }
            counts.removed += 1
            entry.copies[tier] -= 1
            let isGone = entry.copies[tier] == 0
            let parent = blocks.parent(of: entry.content)
            if isGone, blocks.remove(entry.content, tier) { changes.removed(entry.content, tier) }
            if entry.copies.isEmpty {
                entries[key] = nil
                remembered.add(key, entry.content, after: parent)
            } else {
                entries[key] = entry
            }
        }
    }

    private func content(of key: Key) -> BlockHash? { entries[key]?.content ?? remembered.content(of: key) }

    /// Whether blocks of a kind of attention are a prefix by themselves; engines that do not say have one kind only.
    private static func holdsPrefixes(_ specKind: String?) -> Bool {
        switch specKind {
        case nil, "full_attention", "mla_attention", "sink_full_attention", "unknown": true
        default: false
        }
    }
}

/// What a cache met, for metrics.
package struct EngineCacheCounts: Sendable, Hashable {
    /// Copies told.
    package var stored = 0
    /// Of them, told again without being new.
    package var repeated = 0
    package var removed = 0
    /// Removals of blocks that were not known to be held.
    package var unknownRemoved = 0
    /// Blocks left out: another kind of attention, another node's, or without usable tokens.
    package var ignored = 0
    /// Blocks dropped because too many waited for an unknown parent.
    package var dropped = 0
    /// Events of unknown kinds.
    package var unknown = 0
    /// Stored runs that could not be understood.
    package var unreadable = 0
    /// Fields passed over.
    package var oddFields = 0
}

extension KVTier {
    /// The tier an engine's word stands for; engines without tiers say nothing or `GPU`, whatever their device is.
    init(medium: String?) {
        switch medium?.uppercased() {
        case "CPU", "CPU_PINNED", "HOST": self = .host
        case "STORAGE", "DISK", "FS", "OBJ", "EXTERNAL": self = .disk
        default: self = .device
        }
    }
}
