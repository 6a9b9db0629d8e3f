@testable import Engines
import KVBlocks
import TestKit
import Testing

struct HeldBlocksTests {
    /// Blocks with the one before each, held in random tiers and added in any order; some have two names.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `runs name each block once a tier, each after the one it follows, parents first`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = 1 + random.below(3_000)
        let parents = (0..<count).map { number -> Int? in
            if number == 0 || random.chance(3) { return nil }
            return random.chance(90) ? number - 1 : random.below(number)
        }
        func hash(_ number: Int) -> BlockHash { BlockHash(UInt64(number + 1) &* 0x9E37_79B9_7F4A_7C15) }
        var truth: [KVTier: Set<BlockHash>] = [:]
        var held = HeldBlocks()
        for number in (0..<count).shuffled(using: &random) where random.chance(97) {
            for _ in 0..<(random.chance(5) ? 2 : 1) {
                let tier: KVTier = random.chance(85) ? .device : .host
                held.add(hash(number), after: parents[number].map(hash), tier)
                truth[tier, default: []].insert(hash(number))
            }
        }
        #expect(Set(held.hashes) == truth.values.reduce([]) { $0.union($1) })
        let before = Dictionary(uniqueKeysWithValues: (0..<count).map { (hash($0), parents[$0].map(hash)) })
        var told: [KVTier: Set<BlockHash>] = [:]
        for case .stored(let parent, let blocks, let tier) in held.runs {
            #expect(!blocks.isEmpty && blocks.count <= HeldBlocks.runBlocksMax)
            var previous = parent
            for block in blocks {
                #expect(before[block] == .some(previous))
                if let previous, truth[tier, default: []].contains(previous) {
                    #expect(told[tier, default: []].contains(previous), "seed \(seed)")
                }
                #expect(told[tier, default: []].insert(block).inserted, "seed \(seed)")
                previous = block
            }
        }
        #expect(told == truth)
    }
}
