/// Inputs longer than 240 bytes: eight lanes over stripes of 64 bytes, under a secret derived from the seed.
extension XXH3 {
    /// Eight lanes of one stripe, or as many words of input or secret.
    private typealias Lanes = SIMD8<UInt64>

    private static let stripeBytes = 64
    /// Bytes the secret moves on by from stripe to stripe.
    private static let secretStep = 8
    private static let lowHalves = Lanes(repeating: 0xFFFF_FFFF)

    static func stripedHash(_ bytes: RawSpan, _ seed: UInt64) -> UInt64 {
        let words = Secret.words(seed: seed)
        let secret = unsafe words.span.bytes
        let count = bytes.byteCount
        var lanes = Lanes(prime32c, prime64a, prime64b, prime64c, prime64d, prime32b, prime64e, prime32a)
        // As many stripes as the secret has steps make a block; after each block the lanes are scrambled.
        let stripesPerBlock = (Secret.byteCount - stripeBytes) / secretStep
        let blockBytes = stripeBytes * stripesPerBlock
        let blockCount = (count - 1) / blockBytes
        for block in 0..<blockCount {
            accumulate(&lanes, bytes, block * blockBytes, stripes: stripesPerBlock, secret)
            lanes = (lanes ^ (lanes &>> 47) ^ load(secret, Secret.byteCount - stripeBytes)) &* prime32a
        }
        let tail = blockCount * blockBytes
        accumulate(&lanes, bytes, tail, stripes: (count - 1 - tail) / stripeBytes, secret)
        // The last stripe may overlap the one before; its secret begins 7 bytes before the last stripe's place.
        add(&lanes, load(bytes, count - stripeBytes), load(secret, Secret.byteCount - stripeBytes - 7))
        return merge(lanes, secret, 11, UInt64(count) &* prime64a)
    }

    @inline(__always) private static func load(_ bytes: RawSpan, _ offset: Int) -> Lanes {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Lanes.self)
    }

    @inline(__always) private static func accumulate(
        _ lanes: inout Lanes, _ bytes: RawSpan, _ start: Int, stripes: Int, _ secret: RawSpan
    ) {
        for stripe in 0..<stripes {
            add(&lanes, load(bytes, start + stripe * stripeBytes), load(secret, stripe * secretStep))
        }
    }

    /// Each lane takes the product of the halves of its keyed word, and its neighbour's word as it is.
    @inline(__always) private static func add(_ lanes: inout Lanes, _ value: Lanes, _ key: Lanes) {
        let keyed = value ^ key
        let swapped = Lanes(value[1], value[0], value[3], value[2], value[5], value[4], value[7], value[6])
        lanes &+= swapped &+ (keyed & lowHalves) &* (keyed &>> 32)
    }

    private static func merge(_ lanes: Lanes, _ secret: RawSpan, _ secretOffset: Int, _ start: UInt64) -> UInt64 {
        let keyed = lanes ^ load(secret, secretOffset)
        var sum = start
        for pair in 0..<4 { sum &+= foldedProduct(keyed[pair * 2], keyed[pair * 2 + 1]) }
        return avalanche(sum)
    }
}
