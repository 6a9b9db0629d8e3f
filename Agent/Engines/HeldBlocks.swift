package import KVBlocks

/// The blocks a rank holds, by content, each with the block before it.
///
/// 1. A block is here as long as it is held in some tier; once, whatever number of names it has.
/// 2. Each is in one place of columns, in the order they were added, and found by a table of places at most half full,
///    spread by a number of this process alone, for prompts decide what contents there are.
package struct HeldBlocks: Sendable {
    /// Blocks a run of a snapshot has at most.
    package static let runBlocksMax = 512

    private static let spread = UInt64.random(in: 0 ... .max) | 1

    private var contents: [BlockHash] = []
    /// The block before each; 0 where a prompt begins.
    private var parents: [UInt64] = []
    /// One bit for each tier that has it.
    private var tiers: [UInt8] = []
    /// Places in the columns, raised by one; 0 for none. A power of two of them.
    private var table = [UInt32](repeating: 0, count: 16)

    init() {}

    /// Room for so many, so that adding them moves nothing.
    init(capacity: Int) {
        contents.reserveCapacity(capacity)
        parents.reserveCapacity(capacity)
        tiers.reserveCapacity(capacity)
        table = [UInt32](repeating: 0, count: Self.tableSize(capacity))
    }

    package var isEmpty: Bool { contents.isEmpty }
    package var count: Int { contents.count }
    package var hashes: [BlockHash] { contents }

    package func contains(_ block: BlockHash) -> Bool { place(of: block) != nil }

    /// Leading blocks of a chain that are held.
    package func matchingCount(_ chain: [BlockHash]) -> Int {
        chain.firstIndex { !contains($0) } ?? chain.count
    }

    mutating func add(_ hash: BlockHash, after parent: BlockHash?, _ tier: KVTier) {
        let slot = slot(of: hash)
        if table[slot] != 0 {
            tiers[Int(table[slot]) - 1] |= 1 << tier.rawValue
            return
        }
        contents.append(hash)
        parents.append(parent?.value ?? 0)
        tiers.append(1 << tier.rawValue)
        table[slot] = UInt32(contents.count)
        if contents.count * 2 > table.count { grow() }
    }

    private static func tableSize(_ count: Int) -> Int {
        1 << max(4, Int.bitWidth - (count * 2).leadingZeroBitCount)
    }

    private func place(of hash: BlockHash) -> Int? {
        let entry = table[slot(of: hash)]
        return entry == 0 ? nil : Int(entry) - 1
    }

    /// Where the block is in the table, or would be.
    private func slot(of hash: BlockHash) -> Int {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: (hash.value &* Self.spread) >> 32) & mask
        while table[slot] != 0, contents[Int(table[slot]) - 1] != hash { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: table.count * 2)
        for (place, hash) in contents.enumerated() { table[slot(of: hash)] = UInt32(place + 1) }
    }
}

extension HeldBlocks {
    /// For each place the first block that follows it, and for each the next that follows the same; raised by one, 0
    /// for none.
    private struct Followers {
        var first: [UInt32]
        var next: [UInt32]
        /// Places of blocks that follow none that is held, in their order.
        var starts: [UInt32] = []
    }

    private var followers: Followers {
        let none = [UInt32](repeating: 0, count: contents.count)
        var followers = Followers(first: none, next: none)
        for place in contents.indices.reversed() {
            let number = UInt32(place + 1)
            guard parents[place] != 0, let parent = self.place(of: BlockHash(parents[place])), parent != place else {
                followers.starts.append(number)
                continue
            }
            followers.next[place] = followers.first[parent]
            followers.first[parent] = number
        }
        return followers
    }

    /// Events that rebuild everything: runs of at most `runBlocksMax`, each after the run that holds its parent.
    package var runs: [KVEvent] {
        let followers = followers
        let held = tiers.reduce(0, |)
        return KVTier.allCases.flatMap { tier in
            held >> tier.rawValue & 1 == 1 ? runs(tier, followers) : []
        }
    }

    private func runs(_ tier: KVTier, _ followers: Followers) -> [KVEvent] {
        var events: [KVEvent] = []
        var waiting = followers.starts
        while let start = waiting.popLast() {
            var run: [BlockHash] = []
            var parent = parents[Int(start) - 1]
            var next = start
            func end() {
                if run.isEmpty { return }
                events.append(.stored(parent: parent == 0 ? nil : BlockHash(parent), blocks: run, tier: tier))
                run = []
            }
            while next != 0 {
                let place = Int(next) - 1
                let isHeld = tiers[place] >> tier.rawValue & 1 == 1
                if isHeld { run.append(contents[place]) }
                if !isHeld || run.count == HeldBlocks.runBlocksMax { end() }
                if run.isEmpty { parent = contents[place].value }
                next = followers.first[place]
                // What also follows comes later, the last of them first.
                var other = next == 0 ? 0 : followers.next[Int(next) - 1]
                while other != 0 {
                    waiting.append(other)
                    other = followers.next[Int(other) - 1]
                }
            }
            end()
        }
        return events
    }
}
