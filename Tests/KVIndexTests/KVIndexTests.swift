import FoundationEssentials
import IndexReference
import KVBlocks
import KVIndex
import Testing

struct KVIndexTests {
    private func blocks(_ values: UInt64...) -> [BlockHash] { values.map { BlockHash($0) } }

    @Test func `counts leading blocks and stops at a hole`() throws {
        let index = KVIndex()
        let rank = try index.newRank()
        index.apply(.stored(parent: nil, blocks: blocks(1, 2, 3, 4, 5), tier: .device), rank: rank)
        index.apply(.removed(blocks: blocks(3), tier: .device), rank: rank)
        #expect(index.matches(blocks(1, 2, 3, 4, 5)).map(\.device) == [2])
        #expect(index.matches(blocks(3, 4)).isEmpty)
        index.apply(.stored(parent: BlockHash(2), blocks: blocks(3), tier: .device), rank: rank)
        #expect(index.matches(blocks(1, 2, 3, 4, 5)).map(\.device) == [5])
    }

    @Test func `a block stored twice is gone after one removal`() throws {
        let index = KVIndex()
        let rank = try index.newRank()
        for _ in 0..<2 { index.apply(.stored(parent: nil, blocks: blocks(7), tier: .device), rank: rank) }
        index.apply(.removed(blocks: blocks(7), tier: .device), rank: rank)
        #expect(index.matches(blocks(7)).isEmpty)
        #expect(index.statistics.blocks == 0)
        #expect(index.statistics.holderSets == 0)
    }

    @Test func `tells tiers apart`() throws {
        let index = KVIndex()
        let rank = try index.newRank()
        index.apply(.stored(parent: nil, blocks: blocks(1, 2), tier: .device), rank: rank)
        index.apply(.stored(parent: BlockHash(1), blocks: blocks(2, 3), tier: .host), rank: rank)
        index.apply(.stored(parent: BlockHash(3), blocks: blocks(4), tier: .disk), rank: rank)
        let expected = PrefixMatch(rank: rank, device: 2, host: 3, disk: 4)
        #expect(index.matches(blocks(1, 2, 3, 4, 9)) == [expected])
    }

    @Test func `a removed rank leaves nothing and its number is used again`() throws {
        let index = KVIndex()
        let first = try index.newRank()
        let second = try index.newRank()
        for rank in [first, second] {
            index.apply(.stored(parent: nil, blocks: blocks(1, 2, 3), tier: .device), rank: rank)
        }
        index.remove(first)
        #expect(index.matches(blocks(1, 2)).map(\.rank) == [second])
        let early = index.makeRank()
        #expect(early != first)
        index.reuseRanks()
        let again = index.makeRank()
        #expect(again == first)
        #expect(index.matches(blocks(1, 2)).map(\.rank) == [second])
    }

    @Test func `refuses ranks beyond the limit`() throws {
        let index = KVIndex()
        for _ in 0..<KVIndex.ranksMax { _ = try index.newRank() }
        let beyond = index.makeRank()
        #expect(beyond == nil)
    }

    @Test func `keeps every rank of a wide fleet apart`() throws {
        let index = KVIndex()
        let ranks = try (0..<300).map { _ in try index.newRank() }
        for (number, rank) in ranks.enumerated() {
            let held = (0...number).map { BlockHash(UInt64($0)) }
            index.apply(.stored(parent: nil, blocks: held, tier: number % 2 == 0 ? .device : .host), rank: rank)
        }
        let found = index.matches((0..<300).map { BlockHash(UInt64($0)) })
        #expect(found.map(\.host) == Array(1...300))
        #expect(found.map(\.device) == (1...300).map { $0 % 2 == 1 ? $0 : 0 })
        index.remove(Array(ranks[100...]))
        #expect(index.matches([BlockHash(0)]).count == 100)
    }

    /// 100 seeds, or as many as `MARTLET_INDEX_SEEDS` says, of 1,050 lookups each, over shared prefixes, holes,
    /// duplicates, tiers, clears and restarts.
    @Test func `equals the literal reference`() async throws {
        let seeds = ProcessInfo.processInfo.environment["MARTLET_INDEX_SEEDS"].flatMap { Int($0) } ?? 100
        for seed in 0..<seeds {
            try #require(IndexComparison(seed: seed).run() == nil)
            // Long work gives way to the tests beside it.
            await Task.yield()
        }
    }

    /// So many blocks that every segment of the table grows many times, entries moving aside on the way.
    @Test(arguments: [7001, 7002]) func `equals the literal reference while its tables grow`(seed: Int) throws {
        try #require(IndexComparison(seed: seed, chains: 600, lengthMax: 400).run() == nil)
    }

    @Test func `under the memory cap credits less, never more`() async throws {
        for seed in 0..<8 {
            try compareCapped(seed)
            await Task.yield()
        }
    }

    private func compareCapped(_ seed: Int) throws {
        var work = Workload(seed: UInt64(seed) + 500, chainCount: 400, lengthMax: 60)
        let index = KVIndex(bytesMax: KVIndex.bytesMaxLowest)
        var reference = ReferenceIndex()
        let ranks = try (0..<9).map { _ in try index.newRank() }
        var credited = 0
        for step in 0..<3000 {
            let rank = ranks[work.next(ranks.count)]
            let event = work.event()
            index.apply(event, rank: rank)
            reference.apply(event, rank: rank)
            let chain = work.chain()
            let truth = Dictionary(uniqueKeysWithValues: reference.matches(chain).map { ($0.rank, $0) })
            for match in index.matches(chain) {
                let limit = try #require(truth[match.rank], "seed \(seed), step \(step)")
                try #require(match.device <= limit.device && match.host <= limit.host && match.disk <= limit.disk)
                credited += match.disk
            }
            try #require(index.statistics.byteCount <= index.bytesMax, "seed \(seed), step \(step)")
        }
        #expect(index.statistics.evicted > 0)
        #expect(credited > 0)
    }

    @Test func `the coldest blocks leave first and the end of a chain before its beginning`() throws {
        let index = KVIndex(bytesMax: KVIndex.bytesMaxLowest)
        let rank = try index.newRank()
        let used = (0..<100).map { BlockHash(UInt64($0) + 1) }
        let cold = (0..<100).map { BlockHash(UInt64($0) + 1001) }
        index.apply(.stored(parent: nil, blocks: used, tier: .device), rank: rank)
        index.apply(.stored(parent: nil, blocks: cold, tier: .device), rank: rank)
        var next: UInt64 = 10_000
        while index.statistics.evicted < 120 {
            index.touch(used)
            index.apply(.stored(parent: nil, blocks: [BlockHash(next)], tier: .device), rank: rank)
            next += 1
        }
        #expect(index.matches(used).map(\.device) == [100])
        #expect(index.matches(cold).isEmpty)
        let shrinking = KVIndex(bytesMax: KVIndex.bytesMaxLowest)
        let other = try shrinking.newRank()
        shrinking.apply(.stored(parent: nil, blocks: used, tier: .device), rank: other)
        while shrinking.matches(used).first?.device == 100 {
            shrinking.apply(.stored(parent: nil, blocks: [BlockHash(next)], tier: .device), rank: other)
            next += 1
        }
        #expect(shrinking.matches(used).first?.device ?? 0 < 100)
    }
}

extension KVIndex {
    fileprivate func newRank() throws -> RankIndex {
        let made = makeRank()
        return try #require(made)
    }
}
