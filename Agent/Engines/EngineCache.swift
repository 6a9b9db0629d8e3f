package import EngineWire
package import KVBlocks

/// What one rank of one engine holds, learned from its events; pure: events in, changes in content hashes out.
///
/// 1. A content hash depends on tokens, adapter, salt and other keys of a block and of all blocks before it, and on
///    nothing of the engine: equal prompts give equal hashes on every engine.
/// 2. A block is held in a tier as long as its name has a copy there. Engines tell each physical copy; a run told again
///    from its start (`kv_cache_report_mode: full`) is no new copy. Two names for one content are two blocks: the loss
///    of one hides the other, which errs on the safe side.
/// 3. Changes come out in the order of the events, each block's gain and loss once.
/// 4. Runs whose parent is unknown are parked, at most `parkedMax` blocks; the run parked longest is dropped first.
/// 5. Of the groups of a hybrid model only the first that holds whole prefixes counts: what sliding windows and state
///    spaces hold is no prefix, and a further group would only hold the same.
package struct EngineCache: Sendable {
    /// Blocks of parked runs.
    package static let parkedMax = 8_192

    private var table = BlockTable()
    private var parked = ParkedRuns(max: EngineCache.parkedMax)
    /// The group that counts; nil before the first run.
    private var prefixGroup: Int?
    /// The event before took a block away, as an engine does for one that it is about to fill.
    private var madeRoom = false
    /// Tokens a block: of the largest, for a partial block may be told with a smaller size; 0 before the first.
    package private(set) var blockSize = 0
    package private(set) var counts = EngineCacheCounts()

    package init() {}

    /// Blocks held.
    package var count: Int { table.heldCount }

    /// The blocks held, by content.
    package var blocks: HeldBlocks {
        var blocks = HeldBlocks()
        table.forEach { blocks.add($0, after: $1, $2) }
        return blocks
    }

    /// Applies everything one engine step changed.
    package mutating func apply(_ batch: KVEventBatch) -> [KVEvent] {
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
        table.settle()
        return changes.take()
    }

    /// Forgets everything.
    package mutating func clear() -> [KVEvent] {
        let wasEmpty = table.heldCount == 0
        table = BlockTable()
        parked = ParkedRuns(max: EngineCache.parkedMax)
        return wasEmpty ? [] : [.cleared]
    }

    private mutating func store(_ run: BlocksStored, _ changes: inout ChangeLog) {
        guard EngineCache.holdsPrefixes(run.specKind), run.locality != "REMOTE", isOfPrefixGroup(run.group) else {
            return counts.ignored += run.blockHashes.count
        }
        let tier = KVTier(medium: run.medium)
        if run.tokenIDs.isEmpty {
            // A tier may tell only where a block is; what it is was told before.
            for hash in run.blockHashes { relocate(hash.low64, tier, &changes) }
            return
        }
        guard run.blockSize > 0, run.tokenIDs.count == run.blockHashes.count * run.blockSize else {
            return counts.ignored += run.blockHashes.count
        }
        var parent: BlockHash?
        if let name = run.parent?.low64 {
            guard let row = table.row(of: name) else {
                counts.parentless += run.blockHashes.count
                return counts.dropped += parked.add(run, parent: name)
            }
            parent = table.content(row)
        }
        blockSize = max(blockSize, run.blockSize)
        store(run, after: parent, tier, &changes)
    }

    /// The first group that holds prefixes is the one that counts.
    private mutating func isOfPrefixGroup(_ group: Int?) -> Bool {
        if prefixGroup == nil { prefixGroup = group ?? 0 }
        return group ?? 0 == prefixGroup
    }

    /// Stores a run whose parent is known, and what waited for its blocks.
    private mutating func store(
        _ run: BlocksStored, after parent: BlockHash?, _ tier: KVTier, _ changes: inout ChangeLog
    ) {
        let contents = run.contentHashes(after: parent)
        // Only what starts a prompt is told again. One block alone may also be a prompt of just that length, for
        // engines compute the last token anew; that needs room.
        let mayBeRetold = parent == nil && !(contents.count == 1 && madeRoom)
        var previous = parent
        for index in contents.indices {
            let content = contents[index]
            let name = run.blockHashes[index].low64
            let row = table.row(of: name) ?? table.add(name, content, after: previous)
            if table.content(row) != content, !table.rename(row, content, after: previous) { counts.conflicting += 1 }
            hold(row, tier, mayBeRetold: mayBeRetold, &changes)
            previous = content
        }
        guard !parked.isEmpty else { return }
        for hash in run.blockHashes {
            for waiting in parked.take(parent: hash.low64) { store(waiting, &changes) }
        }
    }

    private mutating func hold(_ row: Int, _ tier: KVTier, mayBeRetold: Bool, _ changes: inout ChangeLog) {
        counts.stored += 1
        if table.copies(row, tier) > 0 {
            // Two requests that compute a block in one step make two copies; a run told anew, later, from its start,
            // none.
            if mayBeRetold, !table.isFresh(row) { return counts.repeated += 1 }
            counts.duplicates += 1
        }
        if table.store(row, tier) { changes.stored(table.content(row), after: table.parent(row), tier) }
    }

    private mutating func relocate(_ name: UInt64, _ tier: KVTier, _ changes: inout ChangeLog) {
        guard let row = table.row(of: name) else { return counts.ignored += 1 }
        hold(row, tier, mayBeRetold: true, &changes)
    }

    private mutating func remove(_ removed: BlocksRemoved, _ changes: inout ChangeLog) {
        guard removed.locality != "REMOTE", removed.group ?? 0 == prefixGroup ?? 0 else { return }
        let tier = KVTier(medium: removed.medium)
        for hash in removed.blockHashes {
            guard let row = table.row(of: hash.low64), table.copies(row, tier) > 0 else {
                counts.unknownRemoved += 1
                continue
            }
            counts.removed += 1
            if table.remove(row, tier) { changes.removed(table.content(row), tier) }
        }
    }

    /// Whether blocks of a kind of attention are a prefix by themselves; engines that do not say have one kind only.
    private static func holdsPrefixes(_ specKind: String?) -> Bool {
        switch specKind {
        case nil, "full_attention", "mla_attention", "sink_full_attention", "unknown": true
        default: false
        }
    }
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
