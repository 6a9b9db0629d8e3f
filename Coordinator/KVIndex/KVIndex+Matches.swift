package import KVBlocks

/// The longest-prefix walk.
extension KVIndex {
    /// Walks of one question that writers may spoil; nothing is credited after the last.
    private static let walksMax = 8

    /// For every rank that holds the first block of `chain` in some tier, how many leading blocks it holds; by rank.
    package func matches(_ chain: [BlockHash]) -> [PrefixMatch] { matches(chain) {}.matches }

    /// The same, and what `names` says of the ranks, none of which stood for another one between that and the walk's
    /// end.
    package func matches<Names>(
        _ chain: [BlockHash], of names: () -> Names
    ) -> (names: Names, matches: [PrefixMatch]) {
        for _ in 0..<Self.walksMax {
            let generation = generations.atStart
            let names = names()
            let matches = walk(chain)
            if generations.isStill(generation) { return (names, matches) }
        }
        return (names(), [])
    }

    private func walk(_ chain: [BlockHash]) -> [PrefixMatch] {
        guard let first = chain.first else { return [] }
        var ahead = LookAhead(chain, table)
        var block = table.find(first.value)
        guard block.number != 0 else { return [] }
        ahead.entered(block.number, table, at: 0)
        let words = self.words.view
        var race = Race(words, first: block.holders)
        for depth in 1..<chain.count {
            let key = chain[depth].value
            var next = findBeside(key, block.number)
            if next.number == 0 {
                ahead.left(table, at: depth)
                next = table.find(key)
                guard next.number != 0 else { return race.finish(depth: depth) }
                if BlockArena.granule(of: next.number) != BlockArena.granule(of: block.number) {
                    ahead.entered(next.number, table, at: depth)
                }
            }
            block = next
            if block.holders != race.last, !race.step(words, block.holders, depth: depth) { break }
        }
        return race.finish(depth: chain.count)
    }

    /// Asks memory for what the walk will need where it leaves a granule, because there the next block may be anywhere:
    /// for its places in the table far ahead, for the block itself half as far.
    private struct LookAhead {
        private static let stride = BlockArena.granuleBlocks
        private static let placesAhead = 16 * stride
        private static let blocksAhead = 8 * stride
        /// Places asked for at a time: a walk that ends soon shall not have asked for all of them.
        private static let placesAtOnce = 5 * stride

        private let chain: [BlockHash]
        /// The block at which the present granule ends.
        private var end = 0
        /// The first blocks, of those at which granules will end if all of them are whole, that were not asked for.
        private var nextPlace = 0
        private var nextBlock = 0

        init(_ chain: [BlockHash], _ table: BlockTable) {
            self.chain = chain
            askForPlaces(table)
        }

        private mutating func askForPlaces(_ table: BlockTable) {
            let last = min(chain.count, end + Self.placesAhead, nextPlace + Self.placesAtOnce)
            while nextPlace < last {
                table.prefetch(chain[nextPlace].value)
                nextPlace += Self.stride
            }
        }

        /// The walk leaves a granule at `depth`. Where that was not to be foreseen, what comes then is asked for before
        /// its first block is waited for: mostly a run that fills granules of its own.
        mutating func left(_ table: BlockTable, at depth: Int) {
            guard depth != end else { return }
            (end, nextPlace, nextBlock) = (depth, depth, depth)
            askForPlaces(table)
            while nextBlock < nextPlace {
                table.prefetchBlock(chain[nextBlock].value)
                nextBlock += Self.stride
            }
        }

        /// The walk came to a number of another granule.
        mutating func entered(_ number: Int, _ table: BlockTable, at depth: Int) {
            let left = BlockArena.left(from: number)
            let isInStep = depth == end && left == Self.stride
            end = depth + left
            if !isInStep { (nextPlace, nextBlock) = (end, end) }
            nextBlock = max(nextBlock, end)
            // Places that were asked for in an earlier call have come by now.
            let last = min(nextPlace, end + Self.blocksAhead, chain.count)
            while nextBlock < last {
                table.prefetchBlock(chain[nextBlock].value)
                nextBlock += Self.stride
            }
            askForPlaces(table)
        }
    }

    /// The ranks still in the race. Plane t holds those with every block so far in tier t or a faster one.
    private struct Race {
        private var alive: [UInt64]
        private let everyone: [UInt64]
        /// Leading blocks by plane and rank; written when a rank drops out.
        private var lengths: [Int32]
        /// The set taken last: as long as it is the next one's, too, there is nothing to do.
        private(set) var last: HolderSets.ID
        private let planes: Int
        private let width: Int

        init(_ words: SetWords.View, first: HolderSets.ID) {
            planes = words.tierCount
            width = words.wordsPerTier
            last = first
            alive = Array(repeating: 0, count: planes * width)
            lengths = Array(repeating: 0, count: planes * width * 64)
            for word in 0..<width {
                var held: UInt64 = 0
                for plane in 0..<planes {
                    held |= words[first, plane * width + word]
                    alive[plane * width + word] = held
                }
            }
            everyone = Array(alive[((planes - 1) * width)...])
        }

        /// Takes the holders of the block after `depth` blocks; false when nobody is left.
        mutating func step(_ words: SetWords.View, _ set: HolderSets.ID, depth: Int) -> Bool {
            last = set
            var left: UInt64 = 0
            for word in 0..<width {
                var held: UInt64 = 0
                for plane in 0..<planes {
                    held |= words[set, plane * width + word]
                    let at = plane * width + word
                    var dropped = alive[at] & ~held
                    alive[at] &= held
                    left |= alive[at]
                    while dropped != 0 {
                        lengths[at * 64 + dropped.trailingZeroBitCount] = Int32(depth)
                        dropped &= dropped - 1
                    }
                }
            }
            return left != 0
        }

        /// Who never dropped out holds all `depth` blocks.
        func finish(depth: Int) -> [PrefixMatch] {
            var result: [PrefixMatch] = []
            result.reserveCapacity(everyone.reduce(0) { $0 + $1.nonzeroBitCount })
            for word in 0..<width {
                var ranks = everyone[word]
                while ranks != 0 {
                    let bit = ranks.trailingZeroBitCount
                    ranks &= ranks - 1
                    let device = length(0, word, bit, depth)
                    let host = planes > 1 ? length(1, word, bit, depth) : device
                    let disk = planes > 2 ? length(2, word, bit, depth) : host
                    let rank = RankIndex(UInt32(word * 64 + bit))
                    result.append(PrefixMatch(rank: rank, device: device, host: host, disk: disk))
                }
            }
            return result
        }

        private func length(_ plane: Int, _ word: Int, _ bit: Int, _ depth: Int) -> Int {
            let at = plane * width + word
            return alive[at] & (1 << UInt64(bit)) != 0 ? depth : Int(lengths[at * 64 + bit])
        }
    }
}
