package import KVBlocks

/// The blocks a rank holds, by content, each with the block before it.
///
/// A block is here as long as it is held in some tier.
package struct HeldBlocks: Sendable {
    /// Blocks a run of a snapshot has at most.
    package static let runBlocksMax = 512

    private struct Block {
        var parent: BlockHash?
        /// One bit for each tier that has it.
        var tiers: UInt8 = 0
    }

    private var blocks: [BlockHash: Block] = [:]

    init() {}

    package var isEmpty: Bool { blocks.isEmpty }
    package var count: Int { blocks.count }
    package var hashes: [BlockHash] { Array(blocks.keys) }

    package func contains(_ block: BlockHash) -> Bool { blocks[block] != nil }

    /// Leading blocks of a chain that are held.
    package func matchingCount(_ chain: [BlockHash]) -> Int {
        chain.firstIndex { blocks[$0] == nil } ?? chain.count
    }

    mutating func add(_ hash: BlockHash, after parent: BlockHash?, _ tier: KVTier) {
        blocks[hash, default: Block(parent: parent)].tiers |= 1 << tier.rawValue
    }

    /// Events that rebuild everything: runs of at most `runBlocksMax`, each after the run that holds its parent.
    package var runs: [KVEvent] {
        var children: [BlockHash: [BlockHash]] = [:]
        var starts: [BlockHash] = []
        for (hash, block) in blocks {
            if let parent = block.parent, blocks[parent] != nil {
                children[parent, default: []].append(hash)
            } else {
                starts.append(hash)
            }
        }
        var events: [KVEvent] = []
        for tier in KVTier.allCases {
            var waiting = starts
            while let start = waiting.popLast() {
                var run: [BlockHash] = []
                var parent = blocks[start]?.parent
                var next: BlockHash? = start
                while let hash = next {
                    let isHeld = blocks[hash].map { $0.tiers >> tier.rawValue & 1 == 1 } ?? false
                    if isHeld { run.append(hash) }
                    if !run.isEmpty, !isHeld || run.count == HeldBlocks.runBlocksMax {
                        events.append(.stored(parent: parent, blocks: run, tier: tier))
                        run = []
                    }
                    if run.isEmpty { parent = hash }
                    let following = children[hash] ?? []
                    waiting += following.dropFirst()
                    next = following.first
                }
                if !run.isEmpty { events.append(.stored(parent: parent, blocks: run, tier: tier)) }
            }
        }
        return events
    }
}
