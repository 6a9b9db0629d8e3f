import KVBlocks
import TestKit

/// Hashing the chain of a prompt of 8,192 tokens, 512 blocks of 16, against the standard library's keyed hash over each
/// block and the hash before it. That one differs from process to process, so it could not stand in; it is what a
/// naive implementation would reach for.
enum ChainHashing {
    private static let blockSize = 16
    private static let tokenCount = 8192

    static func bar() throws -> Bar {
        var random = SeededRandom(seed: 3)
        let tokens = (0..<tokenCount).map { _ in UInt32.random(in: 0..<128_000, using: &random) }
        return try Comparison(rounds: 4000) { _ in
            let chain = BlockChain.hashes(of: tokens, blockSize: blockSize)
            return chain.last?.value == 0 ? 0 : chain.count
        } reference: { _ in
            let chain = naive(tokens)
            return chain.last == 0 ? 0 : chain.count
        }
        .bar("chain-hashing-of-16-token-blocks-vs-Hasher-a-block", at: 0.5, atLeast: 2.5)
    }

    private static func naive(_ tokens: [UInt32]) -> [Int] {
        var chain: [Int] = []
        chain.reserveCapacity(tokens.count / blockSize)
        var parent = 0
        unsafe tokens.withUnsafeBytes { bytes in
            let size = blockSize * 4
            for start in stride(from: 0, to: bytes.count, by: size) {
                var hasher = Hasher()
                hasher.combine(parent)
                unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]))
                parent = hasher.finalize()
                chain.append(parent)
            }
        }
        return chain
    }
}
