import KVBlocks

/// What engine hashes stood for that are held no longer; the one forgotten first is the one lost first.
struct RememberedBlocks: Sendable {
    private struct Block {
        var content: BlockHash
        var parent: BlockHash?
        var number: UInt64
    }

    private let max: Int
    private var blocks: [EngineCache.Key: Block] = [:]
    /// Keys in the order they were lost, with gaps where one was held again.
    private var order: [(key: EngineCache.Key, number: UInt64)] = []
    private var head = 0
    private var number: UInt64 = 0

    init(max: Int) { self.max = max }

    func content(of key: EngineCache.Key) -> BlockHash? { blocks[key]?.content }
    func parent(of key: EngineCache.Key) -> BlockHash? { blocks[key]?.parent }

    mutating func add(_ key: EngineCache.Key, _ content: BlockHash, after parent: BlockHash?) {
        number += 1
        blocks[key] = Block(content: content, parent: parent, number: number)
        order.append((key, number))
        while order.count - head > max {
            let oldest = order[head]
            head += 1
            if blocks[oldest.key]?.number == oldest.number { blocks[oldest.key] = nil }
        }
        if head > max {
            order.removeFirst(head)
            head = 0
        }
    }

    /// The block is held again.
    mutating func forget(_ key: EngineCache.Key) {
        if !blocks.isEmpty { blocks[key] = nil }
    }
}
