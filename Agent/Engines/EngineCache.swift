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

    /// Room for hashes of a run that is kept for the next one.
    private static let contentsKeptMax = 512

    private var table = BlockTable()
    /// The contents of the run that is being stored.
    private var contents: [BlockHash] = []
    private var parked = ParkedRuns(max: EngineCache.parkedMax)
    /// The group that counts; nil before the first run.
    private var prefixGroup: Int?
    /// The event before took a block away, as an engine does for one that it is about to fill.
    private var madeRoom = false
    /// Tokens a block: of the largest, for a partial block may be told with a smaller size; 0 before the first.
    package private(set) var blockSize = 0
    /// Everything is supposed to be gone: since when, on the engine's clock, and after how many resets; nil while not.
    private var supposed: (since: Double, resets: Int)?
    /// Resets that the engine did not follow; negative where it forgot without one.
    private var unheeded = 0
    package private(set) var counts = EngineCacheCounts()
    private let naming: BlockNaming?
    private let checkShare: Int
    private var check: BlockHashCheck?
    private var samples = NameSamples()

    package init() { self.init(naming: nil) }

    /// With what is known of how the engine names blocks, its names are checked: one block in `checkShare`.
    init(naming: BlockNaming?, checkShare: Int = BlockHashCheck.share) {
        self.naming = naming
        self.checkShare = checkShare
        check = naming.map { BlockHashCheck($0, share: checkShare) }
    }

    /// The engine says how many blocks it has in all.
    package mutating func expect(blocks: Int) {
        table.expect(blocks)
    }

    /// Blocks held.
    package var count: Int { supposed == nil ? table.heldCount : 0 }

    /// The blocks held, by content.
    package var blocks: HeldBlocks { supposed == nil ? held : HeldBlocks() }

    private var held: HeldBlocks {
        var blocks = HeldBlocks(capacity: table.heldCount)
        table.forEach { blocks.add($0, after: $1, $2) }
        return blocks
    }

    /// The engine was asked to forget everything `resets` times in its life, as it tells itself at `time` of its clock.
    ///
    /// It says so in its events only with its next step. Until then nothing counts as held; an engine that did forget
    /// begins its next step with saying so, and one that did not goes on, and what it held is told again.
    mutating func wasReset(_ resets: Int, at time: Double) -> [KVEvent] {
        guard supposed == nil else { return [] }
        // More was forgotten than was asked for: that had other reasons.
        unheeded = min(unheeded, resets - counts.cleared)
        guard resets > counts.cleared + unheeded, table.heldCount > 0 else { return [] }
        supposed = (time, resets)
        return [.cleared]
    }

    /// Applies everything one engine step changed.
    package mutating func apply(_ batch: KVEventBatch) -> [KVEvent] { apply(KVEventRows(batch)) }

    /// Applies everything one engine step changed.
    package mutating func apply(_ batch: KVEventRows) -> [KVEvent] {
        guard let supposed else { return applied(batch) }
        // What the engine said before was on its way, or is said once more.
        let isNew = batch.time >= supposed.since
        let before = isNew && !batch.clears ? held.runs : []
        let events = applied(batch)
        guard isNew || counts.cleared + unheeded >= supposed.resets else { return [] }
        self.supposed = nil
        unheeded = supposed.resets - counts.cleared
        guard isNew else { return held.runs }
        return before + (events.lastIndex(of: .cleared).map { Array(events[$0...]) } ?? events)
    }

    private mutating func applied(_ batch: KVEventRows) -> [KVEvent] {
        counts.unknown += batch.unknownCount
        counts.unreadable += batch.unreadableCount
        counts.oddFields += batch.oddFieldCount
        var changes = ChangeLog()
        madeRoom = false
        for row in batch.rows {
            switch row.kind {
            case .stored:
                store(row, of: batch, &changes)
                madeRoom = false
            case .removed:
                remove(row, of: batch, &changes)
                madeRoom = true
            case .cleared:
                counts.cleared += 1
                changes.append(contentsOf: clear())
            case .other: apply(batch.others[Int(row.firstName)], &changes)
            }
        }
        table.settle()
        return changes.take()
    }

    private mutating func apply(_ event: EngineEvent, _ changes: inout ChangeLog) {
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

    /// Forgets everything.
    package mutating func clear() -> [KVEvent] {
        let wasEmpty = table.heldCount == 0
        table = BlockTable(expected: table.expected)
        parked = ParkedRuns(max: EngineCache.parkedMax)
        check = naming.map { BlockHashCheck($0, share: checkShare) }
        samples = NameSamples()
        return wasEmpty ? [] : [.cleared]
    }

    /// Stores a run of the ordinary kind.
    private mutating func store(_ row: KVEventRows.Row, of batch: KVEventRows, _ changes: inout ChangeLog) {
        let (count, size) = (Int(row.nameCount), Int(row.blockSize))
        guard isOfPrefixGroup(row.group < 0 ? nil : Int(row.group)), size > 0, Int(row.tokenCount) == count * size
        else { return counts.ignored += count }
        var parent: BlockHash?
        if row.hasParent {
            guard let before = table.row(of: row.parent) else {
                counts.parentless += count
                return counts.dropped += parked.add(batch.run(row), parent: row.parent)
            }
            parent = table.content(before)
        }
        blockSize = max(blockSize, size)
        let names = batch.names[Int(row.firstName)..<Int(row.firstName) + count]
        let tokens = Int(row.firstToken)..<Int(row.firstToken) + Int(row.tokenCount)
        contents.removeAll(keepingCapacity: contents.count <= EngineCache.contentsKeptMax)
        BlockChain.extend(&contents, by: batch.tokens, tokens, blockSize: size, after: parent)
        if check != nil {
            verify(
                BlockHashCheck.Run(
                    names: names, tokens: batch.tokens[tokens], blockSize: size,
                    parent: row.hasParent ? row.parent : nil, salt: nil))
        }
        hold(names, after: parent, .device, &changes)
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
        contents = run.contentHashes(after: parent)
        let names = run.blockHashes.map(\.low64)
        if check != nil, tier == .device, run.isCheckable {
            verify(
                BlockHashCheck.Run(
                    names: names[...], tokens: run.tokenIDs[...], blockSize: run.blockSize, parent: run.parent?.low64,
                    salt: run.checkableSalt))
        }
        hold(names[...], after: parent, tier, &changes)
    }

    /// Holds the blocks of a run, `contents` being theirs, and stores what waited for them.
    private mutating func hold(
        _ names: ArraySlice<UInt64>, after parent: BlockHash?, _ tier: KVTier, _ changes: inout ChangeLog
    ) {
        // Only what starts a prompt is told again. One block alone may also be a prompt of just that length, for
        // engines compute the last token anew; that needs room.
        let mayBeRetold = parent == nil && !(contents.count == 1 && madeRoom)
        var previous = parent
        for (content, name) in zip(contents, names) {
            let row = table.row(of: name) ?? table.add(name, content, after: previous)
            if table.content(row) != content, !table.rename(row, content, after: previous) { counts.conflicting += 1 }
            hold(row, tier, mayBeRetold: mayBeRetold, &changes)
            previous = content
        }
        guard !parked.isEmpty else { return }
        for name in names {
            for waiting in parked.take(parent: name) { store(waiting, &changes) }
        }
    }

    /// Holds the names of a run against the engine's own rule.
    private mutating func verify(_ run: BlockHashCheck.Run) {
        for (content, name) in zip(contents, run.names) where !samples.holds(content, name) { counts.mismatched += 1 }
        let finding = check?.check(run)
        counts.verified += finding?.agreeing ?? 0
        if finding?.isMismatch == true { counts.mismatched += 1 }
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
        for hash in removed.blockHashes { remove(hash.low64, tier, &changes) }
    }

    /// Removes blocks of the ordinary kind.
    private mutating func remove(_ row: KVEventRows.Row, of batch: KVEventRows, _ changes: inout ChangeLog) {
        guard max(0, Int(row.group)) == prefixGroup ?? 0 else { return }
        let first = Int(row.firstName)
        for name in batch.names[first..<first + Int(row.nameCount)] { remove(name, .device, &changes) }
    }

    private mutating func remove(_ name: UInt64, _ tier: KVTier, _ changes: inout ChangeLog) {
        guard let row = table.row(of: name), table.copies(row, tier) > 0 else { return counts.unknownRemoved += 1 }
        counts.removed += 1
        if table.remove(row, tier) { changes.removed(table.content(row), tier) }
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
