/// Inputs longer than 240 bytes: eight lanes over stripes of 64 bytes, under a secret derived from the seed.
extension XXH3 {
    /// Eight lanes of one stripe.
    private typealias Lanes = InlineArray<8, UInt64>

    private static let stripeBytes = 64
    /// Bytes the secret moves on by from stripe to stripe.
    private static let secretStep = 8

    static func stripedHash(_ bytes: RawSpan, _ seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        let secret = Secret.words(seed: seed)
        var lanes: Lanes = [
            prime32c, prime64a, prime64b, prime64c, prime64d, prime32b, prime64e, prime32a,
        ]
        // As many stripes as the secret has steps make a block; after each block the lanes are scrambled.
        let stripesPerBlock = (Secret.byteCount - stripeBytes) / secretStep
        let blockBytes = stripeBytes * stripesPerBlock
        let blockCount = (count - 1) / blockBytes
        for block in 0..<blockCount {
            for stripe in 0..<stripesPerBlock {
                accumulate(&lanes, bytes, block * blockBytes + stripe * stripeBytes, secret, stripe * secretStep)
            }
            scramble(&lanes, secret)
        }
        let tail = blockCount * blockBytes
        for stripe in 0..<((count - 1 - tail) / stripeBytes) {
            accumulate(&lanes, bytes, tail + stripe * stripeBytes, secret, stripe * secretStep)
        }
        // The last stripe may overlap the one before; its secret begins 7 bytes before the last stripe's place.
        accumulate(&lanes, bytes, count - stripeBytes, secret, Secret.byteCount - stripeBytes - 7)
        return merge(lanes, secret, 11, UInt64(count) &* prime64a)
    }

    private static func accumulate(
        _ lanes: inout Lanes, _ bytes: RawSpan, _ offset: Int, _ secret: Secret.Words, _ secretOffset: Int
    ) {
        for lane in 0..<8 {
            let value = bytes.word64(offset + lane * 8)
            let keyed = value ^ Secret.word64(secret, secretOffset + lane * 8)
            lanes[lane ^ 1] &+= value
            lanes[lane] &+= (keyed & 0xFFFF_FFFF) &* (keyed >> 32)
        }
    }

    private static func scramble(_ lanes: inout Lanes, _ secret: Secret.Words) {
        for lane in 0..<8 {
            var value = lanes[lane]
            value ^= value >> 47
            value ^= Secret.word64(secret, Secret.byteCount - stripeBytes + lane * 8)
            lanes[lane] = value &* prime32a
        }
    }

    private static func merge(
        _ lanes: Lanes, _ secret: Secret.Words, _ secretOffset: Int, _ start: UInt64
    ) -> UInt64 {
        var sum = start
        for pair in 0..<4 {
            let left = lanes[pair * 2] ^ Secret.word64(secret, secretOffset + pair * 16)
            let right = lanes[pair * 2 + 1] ^ Secret.word64(secret, secretOffset + pair * 16 + 8)
            sum &+= foldedProduct(left, right)
        }
        return avalanche(sum)
    }
}
