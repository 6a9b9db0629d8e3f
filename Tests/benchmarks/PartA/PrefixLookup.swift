import KVBlocks
import KVIndex
import TestKit

/// How much of a prompt of 128 blocks each of 128 ranks holds: the index against a dictionary from block to ranks,
/// walked block by block. The slowest hundredth of look-ups counts.
enum PrefixLookup {
    private static let rankCount = 128
    private static let promptBlocks = 128
    /// Blocks of a system prompt, shared by the prompts of a family.
    private static let sharedBlocks = 32
    private static let families = 16
    private static let promptsPerFamily = 32
    /// Prompts a rank was asked to compute, each to some depth.
    private static let promptsPerRank = 64

    static func bar() throws -> Bar {
        var random = SeededRandom(seed: 2)
        let prompts = Self.prompts(&random)
        let index = KVIndex()
        var walk = DictionaryWalk()
        for _ in 0..<rankCount {
            guard let rank = index.makeRank() else { throw BenchmarkError("the index gives out no more ranks") }
            for _ in 0..<promptsPerRank {
                let prompt = prompts[Int.random(in: 0..<prompts.count, using: &random)]
                let blocks = Array(prompt.prefix(Int.random(in: sharedBlocks...promptBlocks, using: &random)))
                index.apply(.stored(parent: nil, blocks: blocks, tier: .device), rank: rank)
                walk.store(blocks, rank)
            }
        }
        return try Comparison(rounds: 8000) { round in
            index.matches(prompts[round % prompts.count]).reduce(0) { $0 + $1.disk }
        } reference: { round in
            walk.matches(prompts[round % prompts.count]).values.reduce(0, +)
        }
        .bar("longest-prefix-of-128-blocks-over-128-ranks-p99-vs-dictionary-walk", at: 0.99, atLeast: 10)
    }

    private static func prompts(_ random: inout SeededRandom) -> [[BlockHash]] {
        (0..<families).flatMap { _ in
            let shared = (0..<sharedBlocks).map { _ in BlockHash(random.next()) }
            return (0..<promptsPerFamily).map { _ in
                shared + (sharedBlocks..<promptBlocks).map { _ in BlockHash(random.next()) }
            }
        }
    }
}

/// What the index means, in the standard library's collections.
private struct DictionaryWalk {
    private var holders: [BlockHash: Set<RankIndex>] = [:]

    mutating func store(_ blocks: [BlockHash], _ rank: RankIndex) {
        for block in blocks { holders[block, default: []].insert(rank) }
    }

    /// Leading blocks of `chain` by rank.
    func matches(_ chain: [BlockHash]) -> [RankIndex: Int] {
        var result: [RankIndex: Int] = [:]
        var alive = chain.first.flatMap { holders[$0] } ?? []
        for depth in 1..<max(1, chain.count) {
            guard !alive.isEmpty else { break }
            let here = holders[chain[depth]] ?? []
            for rank in alive where !here.contains(rank) {
                result[rank] = depth
                alive.remove(rank)
            }
        }
        for rank in alive { result[rank] = chain.count }
        return result
    }
}
