/// The content hash of a token block and of every block before it: equal prompts give equal chains on every engine.
package struct BlockHash: Sendable, Hashable {
    package var value: UInt64

    package init(_ value: UInt64) { self.value = value }
}

/// Where an engine keeps a block.
package enum KVTier: UInt8, Sendable, CaseIterable {
    case device = 0
    case host = 1
    case disk = 2
}

/// A change of what one rank of one engine holds, in content hashes: the one vocabulary of KV events after the agent.
package enum KVEvent: Sendable, Hashable {
    /// Blocks that follow one another; the first follows `parent`, or starts a prompt when that is nil.
    case stored(parent: BlockHash?, blocks: [BlockHash], tier: KVTier)
    /// Blocks that are held no longer. Blocks after them in a chain may stay; a match ends at the hole.
    case removed(blocks: [BlockHash], tier: KVTier)
    /// Everything is gone.
    case cleared
}

/// What besides tokens makes two chains different: the adapter and the salt of the request. Empty strings for none.
package struct ChainNamespace: Sendable, Hashable {
    package var adapter: String
    package var salt: String

    package init(adapter: String = "", salt: String = "") {
        self.adapter = adapter
        self.salt = salt
    }
}
