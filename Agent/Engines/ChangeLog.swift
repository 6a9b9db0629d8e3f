import KVBlocks

/// Changes of single blocks put together into as few events as keep their order.
struct ChangeLog {
    private var events: [KVEvent] = []
    /// Blocks of the event that is being put together: gained after `parent`, or lost.
    private var blocks: [BlockHash] = []
    private var isGain = true
    private var parent: BlockHash?
    private var tier = KVTier.device

    /// A block is held from now on.
    mutating func stored(_ block: BlockHash, after parent: BlockHash?, _ tier: KVTier) {
        if blocks.isEmpty || !isGain || self.tier != tier || blocks.last != parent {
            flush()
            (isGain, self.parent, self.tier) = (true, parent, tier)
        }
        blocks.append(block)
    }

    /// A block is held no longer.
    mutating func removed(_ block: BlockHash, _ tier: KVTier) {
        if isGain || self.tier != tier {
            flush()
            (isGain, self.tier) = (false, tier)
        }
        blocks.append(block)
    }

    mutating func append(contentsOf more: [KVEvent]) {
        flush()
        events += more
    }

    mutating func take() -> [KVEvent] {
        flush()
        defer { events = [] }
        return events
    }

    private mutating func flush() {
        guard !blocks.isEmpty else { return }
        events.append(
            isGain ? .stored(parent: parent, blocks: blocks, tier: tier) : .removed(blocks: blocks, tier: tier))
        blocks = []
    }
}
