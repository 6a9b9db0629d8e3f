import KVBlocks
import TestKit
import Testing

struct ChainMarksTests {
    @Test func `what another chain shares is told at most a third too short and never too long`() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let chain = (0..<(1 + random.below(900))).map { _ in BlockHash(random.next()) }
            let marks = try #require(ChainMarks(chain))
            let shared = random.below(chain.count + 1)
            let other = Array(chain.prefix(shared)) + (0..<random.below(900)).map { _ in BlockHash(random.next()) }
            let told = marks.sharedPrefix(other)
            #expect(told <= shared && told * 3 >= shared * 2, "told \(told) of \(shared)")
            #expect(marks.sharedPrefix(chain) == chain.count)
        }
    }

    @Test func `a prompt of 100,000 tokens takes less than 200 bytes, and what is no chain's marks is refused`() throws
    {
        let marks = try #require(ChainMarks((0..<6_250).map { BlockHash($0) }))
        #expect(marks.hashes.count * 8 < 200)
        #expect(ChainMarks([]) == nil)
        #expect(ChainMarks(count: marks.count, hashes: marks.hashes) == marks)
        for count in [0, -1, 1, 10, marks.count * 3, .max] {
            #expect(ChainMarks(count: count, hashes: marks.hashes) == nil)
        }
    }
}
