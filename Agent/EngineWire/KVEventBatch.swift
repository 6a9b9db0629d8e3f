/// What changed in one rank's KV cache in one engine step, as the engine says it.
package struct KVEventBatch: Sendable, Hashable {
    /// Seconds since 1970 on the engine's clock.
    package var time: Double
    package var events: [EngineEvent]
    /// Data-parallel rank; nil when the engine left it out.
    package var rank: Int?
    /// Events of a kind this reader does not know, passed over.
    package var unknownCount = 0
    /// Stored runs left out because what their content hangs on could not be read.
    package var unreadableCount = 0
    /// Fields nobody here knows, or that say nothing that can be read, passed over.
    package var oddFieldCount = 0

    package init(time: Double, events: [EngineEvent], rank: Int?) {
        self.time = time
        self.events = events
        self.rank = rank
    }
}

/// One event of a batch.
package enum EngineEvent: Sendable, Hashable {
    case stored(BlocksStored)
    case removed(BlocksRemoved)
    /// Every block of the rank is gone.
    case cleared
}

/// Blocks that an engine now holds, one after another.
package struct BlocksStored: Sendable, Hashable {
    package var blockHashes: [EngineBlockHash]
    /// The block before the first one; nil when that starts a prompt.
    package var parent: EngineBlockHash?
    /// Every token of the run, `blockSize` for each hash in dense runs.
    package var tokenIDs: [UInt32]
    package var blockSize: Int
    /// `GPU`, `CPU`, `STORAGE`; nil when the engine does not say.
    package var medium: String?
    /// What besides tokens entered each block's hash, untagged: adapter name, salt, `[item, offset]` of an image.
    package var extraKeys: [[MessagePack]?]?
    /// KV-cache group of hybrid models.
    package var group: Int?
    /// `full_attention`, `sliding_window`, `mamba`, …
    package var specKind: String?
    /// What few runs have; none or one, so that the others stay small.
    var rare: [RareFields] = []

    package init(blockHashes: [EngineBlockHash], parent: EngineBlockHash?, tokenIDs: [UInt32], blockSize: Int) {
        self.blockHashes = blockHashes
        self.parent = parent
        self.tokenIDs = tokenIDs
        self.blockSize = blockSize
    }
}

/// Blocks that an engine holds no longer, or one copy fewer of.
package struct BlocksRemoved: Sendable, Hashable {
    package var blockHashes: [EngineBlockHash]
    package var medium: String?
    package var group: Int?
    package var locality: String?
    package var ownership: String?

    package init(blockHashes: [EngineBlockHash], medium: String? = nil, group: Int? = nil) {
        self.blockHashes = blockHashes
        self.medium = medium
        self.group = group
    }
}
