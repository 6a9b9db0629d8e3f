package import KVBlocks

/// The longest-prefix walk.
extension KVIndex {
    /// For every rank that holds the first block of `chain` in some tier, how many leading blocks it holds; by rank.
    package func matches(_ chain: [BlockHash]) -> [PrefixMatch] {
        guard let first = chain.first else { return [] }
        let start = table.holders(of: first.value)
        guard start != HolderSets.empty else { return [] }
        var walk = Walk(sets: sets, first: start)
        for depth in 1..<max(chain.count, 1) {
            if !walk.step(sets, table.holders(of: chain[depth].value), depth: depth) { break }
        }
        return walk.finish(depth: chain.count)
    }

    /// The ranks still in the race. Plane t holds those with every block so far in tier t or a faster one.
    private struct Walk {
        private var alive: [UInt64]
        private let everyone: [UInt64]
        /// Leading blocks by plane and rank; written when a rank drops out.
        private var lengths: [Int32]
        private var last: HolderSets.ID
        private let planes: Int
        private let width: Int

        init(sets: HolderSets, first: HolderSets.ID) {
            planes = sets.tierCount
            width = sets.wordsPerTier
            last = first
            alive = Array(repeating: 0, count: planes * width)
            lengths = Array(repeating: 0, count: planes * width * 64)
            let start = Int(first) * sets.stride
            for word in 0..<width {
                var held: UInt64 = 0
                for plane in 0..<planes {
                    held |= sets.words[start + plane * width + word]
                    alive[plane * width + word] = held
                }
            }
            everyone = Array(alive[((planes - 1) * width)...])
        }

        /// Takes the holders of the block after `depth` blocks; false when nobody is left.
        mutating func step(_ sets: HolderSets, _ set: HolderSets.ID, depth: Int) -> Bool {
            if set == last { return true }
            last = set
            let start = Int(set) * sets.stride
            var left: UInt64 = 0
            for word in 0..<width {
                var held: UInt64 = 0
                for plane in 0..<planes {
                    held |= set == HolderSets.empty ? 0 : sets.words[start + plane * width + word]
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
