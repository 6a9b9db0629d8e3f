import KVBlocks
import Testing

/// Chains computed with the published xxHash library over the tokens `(i * 2654435761 mod 2^32) mod 151936`.
struct BlockChainTests {
    struct Row: Sendable {
        var blockSize: Int
        var namespace: ChainNamespace
        var first: [UInt64]
        var last: UInt64
    }

    static let tokens = (0..<200).map { UInt32(truncatingIfNeeded: $0 * 2_654_435_761) % 151_936 }

    static let rows = [
        Row(
            blockSize: 1, namespace: ChainNamespace(),
            first: [0xe44f_30ed_0f7b_c171, 0x0b15_0766_4f2b_71ae, 0x3abc_cfbc_c858_a742],
            last: 0x35eb_2965_58a2_edbf),
        Row(
            blockSize: 16, namespace: ChainNamespace(),
            first: [0xd35d_0488_e084_d3a5, 0x3572_d433_197e_b7e7, 0xa8b2_301d_2a5b_e753],
            last: 0xc5e1_68d1_7d58_bc9c),
        Row(
            blockSize: 16, namespace: ChainNamespace(adapter: "lora-a"),
            first: [0x5fcb_e065_3b59_6cf2, 0xc752_6b81_5c4d_d349, 0xb54f_ef9f_722b_a59f],
            last: 0x646a_8e7f_8629_fed7),
        Row(
            blockSize: 16, namespace: ChainNamespace(salt: "salt"),
            first: [0x8856_0b41_1168_005e, 0xbab6_d6d7_15d1_34cf, 0x13c2_464b_29a6_6ddf],
            last: 0x4f3e_f412_57bf_913c),
        Row(
            blockSize: 64, namespace: ChainNamespace(adapter: "lora-a", salt: "salt"),
            first: [0xf19d_99a4_22f8_068d, 0xcc3c_35a8_6cff_5ffa, 0x67b6_0a98_d826_fec4],
            last: 0x67b6_0a98_d826_fec4),
    ]

    @Test(arguments: rows) func `equals the reference chain`(_ row: Row) {
        let chain = BlockChain.hashes(of: Self.tokens, blockSize: row.blockSize, namespace: row.namespace)
        #expect(chain.count == 200 / row.blockSize)
        #expect(chain.prefix(3).map(\.value) == row.first)
        #expect(chain.last?.value == row.last)
    }

    @Test(arguments: [1, 2, 3, 16, 32, 61, 64]) func `continues from any block`(_ blockSize: Int) throws {
        let space = ChainNamespace(adapter: "a", salt: "b")
        let whole = BlockChain.hashes(of: Self.tokens, blockSize: blockSize, namespace: space)
        for cut in 1..<whole.count {
            let rest = Array(Self.tokens[(cut * blockSize)...])
            let tail = BlockChain.hashes(of: rest, blockSize: blockSize, after: whole[cut - 1])
            #expect(Array(whole[cut...]) == tail)
        }
    }

    @Test func `leaves out what does not fill a block`() {
        #expect(BlockChain.hashes(of: [], blockSize: 16).isEmpty)
        #expect(BlockChain.hashes(of: Array(Self.tokens.prefix(15)), blockSize: 16).isEmpty)
        #expect(BlockChain.hashes(of: Array(Self.tokens.prefix(16)), blockSize: 16).count == 1)
        #expect(BlockChain.hashes(of: Array(Self.tokens.prefix(17)), blockSize: 16).count == 1)
    }

    @Test func `keeps adapter and salt apart`() {
        let spaces = [
            ChainNamespace(), ChainNamespace(adapter: "ab"), ChainNamespace(salt: "ab"),
            ChainNamespace(adapter: "a", salt: "b"), ChainNamespace(adapter: "ab", salt: "\0"),
        ]
        let firsts = spaces.map { BlockChain.hashes(of: Self.tokens, blockSize: 16, namespace: $0)[0] }
        #expect(Set(firsts).count == spaces.count)
    }

    @Test func `covers every block before it`() {
        var changed = Self.tokens
        changed[17] ^= 1
        let before = BlockChain.hashes(of: Self.tokens, blockSize: 16)
        let after = BlockChain.hashes(of: changed, blockSize: 16)
        #expect(before[0] == after[0])
        #expect(zip(before, after).dropFirst().allSatisfy { $0 != $1 })
    }
}
