@testable import Engines
import KVBlocks
import TestKit
import Testing

@Suite struct BlockTableTests {
    /// What a table must do, written for plainness.
    private struct Reference {
        var copies: [UInt64: [KVTier: Int]] = [:]

        func held(_ name: UInt64) -> Bool { copies[name]?.values.contains { $0 > 0 } ?? false }
        var heldCount: Int { copies.keys.count { held($0) } }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `names are found and copies counted as in a plain dictionary`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = BlockTable()
        var reference = Reference()
        // More names than are remembered, so that rows are used again; counted up or spread over all 64 bits.
        let names = (0..<6_000).map { number in seed == 1 ? UInt64(number) : random.next() }
        for step in 0..<60_000 {
            let name = names[random.below(names.count)]
            let tier = KVTier.allCases[random.below(3)]
            let held = reference.copies[name]?[tier] ?? 0
            if random.chance(55) {
                let row = table.row(of: name) ?? table.add(name, BlockHash(name &+ 1), after: BlockHash(name &+ 2))
                #expect(table.store(row, tier) == (held == 0))
                reference.copies[name, default: [:]][tier] = min(held + 1, Int(BlockTable.copiesMax))
            } else if held > 0, let row = table.row(of: name) {
                #expect(Int(table.copies(row, tier)) == held)
                #expect(table.content(row) == BlockHash(name &+ 1))
                #expect(table.parent(row) == BlockHash(name &+ 2))
                #expect(table.remove(row, tier) == (held == 1))
                reference.copies[name]?[tier] = held - 1
            }
            if step % 16 == 0 { table.settle() }
        }
        #expect(table.heldCount == reference.heldCount)
        for name in names where reference.held(name) { #expect(table.row(of: name) != nil, "seed \(seed)") }
        var blocks: [BlockHash: Set<KVTier>] = [:]
        table.forEach { block, _, tier in blocks[block, default: []].insert(tier) }
        #expect(blocks.count == reference.heldCount)
    }

    @Test func `what was lost is remembered for a while, and its room used again`() {
        var table = BlockTable()
        let max = BlockTable.rememberedMin
        for name in 0...UInt64(max + 1) {
            let row = table.add(name, BlockHash(name), after: nil)
            _ = table.store(row, .device)
            _ = table.remove(row, .device)
        }
        // The last addition took the room of the one lost first.
        #expect(table.row(of: 0) == nil)
        #expect(table.row(of: 1) != nil)
        #expect(table.heldCount == 0)
    }
}
