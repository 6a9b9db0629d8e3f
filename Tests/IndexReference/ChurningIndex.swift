package import KVBlocks
package import KVIndex

/// An index in which some ranks hold the same blocks all the time while others store, lose and clear parts of what they
/// may hold, leave and come back; for looking things up meanwhile.
package struct ChurningIndex: Sendable {
    private static let chainCount = 12
    private static let chainLength = 60
    private static let steadyRanks = 3
    private static let churningRanks = 5

    package let index: KVIndex
    /// The chains to look up, by number.
    package let chains: [[BlockHash]]
    private let ranks: [RankIndex]

    package init() {
        index = KVIndex(bytesMax: 4 << 20)
        chains = (0..<Self.chainCount).map { Self.chain($0) }
        let index = index
        ranks = (0..<Self.steadyRanks + Self.churningRanks).compactMap { _ in index.makeRank() }
        for place in 0..<Self.steadyRanks {
            for (number, chain) in chains.enumerated() {
                let held = Array(chain.prefix(Self.bound(place, number)))
                index.apply(.stored(parent: nil, blocks: held, tier: .device), rank: ranks[place])
            }
        }
    }

    /// A chain whose first half is that of its even neighbour, too.
    private static func chain(_ number: Int) -> [BlockHash] {
        (0..<chainLength).map { depth in
            let owner = depth < chainLength / 2 ? number / 2 * 2 : number
            var word = UInt64(owner * 1000 + depth + 1) &* 0x9E37_79B9_7F4A_7C15
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            return BlockHash(word ^ (word >> 31))
        }
    }

    /// How much of a chain, and of its neighbour, a rank may ever hold. Steady ranks hold just that all the time.
    private static func bound(_ rank: Int, _ chain: Int) -> Int { (rank * 13 + chain / 2 * 7) % chainLength + 1 }

    /// What was found of a chain may be so at some moment. A rank that left comes back under its number, so that
    /// numbers tell what a rank may hold.
    package func isRight(_ found: [PrefixMatch], _ number: Int) -> Bool {
        found.count { $0.rank.value < Self.steadyRanks } == Self.steadyRanks
            && found.allSatisfy { match in
                let place = Int(match.rank.value)
                let bound = Self.bound(place, number)
                return match.disk <= bound && (place >= Self.steadyRanks || match.device == bound)
            }
    }

    /// The one writer, with a seed.
    package func writer(seed: Int) -> Writer { Writer(self, seed: seed) }

    /// Changes the index, step by step. Blocks of no chain come and go beside those of chains, so that numbers and sets
    /// are used again and tables grow.
    package struct Writer: Sendable {
        private let index: KVIndex
        private let chains: [[BlockHash]]
        private var churning: [RankIndex]
        private var work: Workload
        private var strangers: UInt64 = 1 << 40

        fileprivate init(_ churn: ChurningIndex, seed: Int) {
            index = churn.index
            chains = churn.chains
            churning = Array(churn.ranks[ChurningIndex.steadyRanks...])
            work = Workload(seed: UInt64(seed), chainCount: 1, lengthMax: 1)
        }

        /// One event, or a rank that leaves and comes back.
        package mutating func step() {
            let slot = work.next(churning.count)
            let number = work.next(chains.count)
            let bound = ChurningIndex.bound(ChurningIndex.steadyRanks + slot, number)
            let from = work.next(bound)
            let part = Array(chains[number][from..<from + 1 + work.next(bound - from)])
            let tier = [KVTier.device, .device, .host, .disk][work.next(4)]
            switch work.next(40) {
            case 0: index.apply(.cleared, rank: churning[slot])
            case 1: replace(slot)
            case 2..<16: index.apply(.removed(blocks: part, tier: tier), rank: churning[slot])
            case 16..<30:
                let parent = from == 0 ? nil : chains[number][from - 1]
                index.apply(.stored(parent: parent, blocks: part, tier: tier), rank: churning[slot])
            default: churnStrangers(slot)
            }
        }

        private mutating func replace(_ slot: Int) {
            index.remove(churning[slot])
            index.reuseRanks()
            if let made = index.makeRank() { churning[slot] = made }
        }

        private mutating func churnStrangers(_ slot: Int) {
            let blocks = stranger(strangers, 1 + work.next(30))
            index.apply(.stored(parent: nil, blocks: blocks, tier: .device), rank: churning[slot])
            strangers += 30
            let old = stranger(strangers - 900, 30)
            index.apply(.removed(blocks: old, tier: .device), rank: churning[work.next(churning.count)])
        }

        private func stranger(_ first: UInt64, _ count: Int) -> [BlockHash] {
            (0..<UInt64(count)).map { BlockHash((first + $0) &* 0xD6E8_FEB8_6659_FD93) }
        }
    }
}
