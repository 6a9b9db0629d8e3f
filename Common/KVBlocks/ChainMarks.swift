/// A chain in short: its length and the hashes at a few places, each about half as far again as the one before. Since
/// a hash covers all blocks before it, that tells how far another chain agrees, at most a third too little.
package struct ChainMarks: Sendable, Hashable {
    /// Blocks a chain may have to be marked; longer ones are cut.
    package static let blocksMax = 1 << 20

    /// Blocks of the chain, at least 1.
    package let count: Int
    /// The hashes at `places`.
    package let hashes: [BlockHash]

    /// Nil for an empty chain.
    package init?(_ chain: [BlockHash]) {
        guard !chain.isEmpty else { return nil }
        count = min(chain.count, Self.blocksMax)
        hashes = Self.places(count).map { chain[$0 - 1] }
    }

    /// What `count` and `hashes` of another said; nil where they are not of one chain.
    package init?(count: Int, hashes: [BlockHash]) {
        guard (1...Self.blocksMax).contains(count), Self.places(count).count == hashes.count else { return nil }
        self.count = count
        self.hashes = hashes
    }

    /// The first block's hash.
    package var first: BlockHash { hashes[0] }

    /// Leading blocks that `chain` surely shares.
    package func sharedPrefix(_ chain: [BlockHash]) -> Int {
        var shared = 0
        var place = 1
        for hash in hashes {
            guard place <= chain.count, chain[place - 1] == hash else { return shared }
            shared = place
            place = Self.next(place, count)
        }
        return shared
    }

    /// From the first block to the last: 1, 2, 3, 4, 6, 9 and so on, then `count`.
    private static func places(_ count: Int) -> [Int] {
        var result: [Int] = []
        var place = 1
        while result.last != count {
            result.append(place)
            place = next(place, count)
        }
        return result
    }

    private static func next(_ place: Int, _ count: Int) -> Int { min(count, place + max(1, place / 2)) }
}
