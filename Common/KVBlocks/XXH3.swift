/// XXH3 in its 64-bit form with a seed (XXH3_64bits_withSeed of xxHash 0.8): a fast hash, not a cryptographic one.
///
/// Exact for every length, so hashes compare with those of other programs that use the same seed and byte order.
package enum XXH3 {
    /// The hash of `bytes`; the empty sequence has one too.
    package static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        switch bytes.byteCount {
        case 0...16: shortHash(bytes, seed)
        case 17...128: mediumHash(bytes, seed)
        case 129...240: longerHash(bytes, seed)
        default: stripedHash(bytes, seed)
        }
    }

    /// The hash of a byte array.
    package static func hash(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
        unsafe hash(bytes.span.bytes, seed: seed)
    }

    private static func shortHash(_ bytes: RawSpan, _ seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        if count > 8 {
            let low = bytes.word64(0) ^ ((Secret.word64(24) ^ Secret.word64(32)) &+ seed)
            let high = bytes.word64(count - 8) ^ ((Secret.word64(40) ^ Secret.word64(48)) &- seed)
            return avalanche(UInt64(count) &+ low.byteSwapped &+ high &+ foldedProduct(low, high))
        }
        if count >= 4 {
            let mixedSeed = seed ^ (UInt64(UInt32(truncatingIfNeeded: seed).byteSwapped) << 32)
            let input = UInt64(bytes.word32(count - 4)) &+ (UInt64(bytes.word32(0)) << 32)
            return strongAvalanche(input ^ ((Secret.word64(8) ^ Secret.word64(16)) &- mixedSeed), count)
        }
        if count > 0 {
            let first = UInt32(bytes.byte(0))
            let middle = UInt32(bytes.byte(count >> 1))
            let last = UInt32(bytes.byte(count - 1))
            let combined = (first << 16) | (middle << 24) | last | (UInt32(count) << 8)
            let flip = UInt64(Secret.word32(0) ^ Secret.word32(4)) &+ seed
            return avalanche64(UInt64(combined) ^ flip)
        }
        return avalanche64(seed ^ Secret.word64(56) ^ Secret.word64(64))
    }

    private static func mediumHash(_ bytes: RawSpan, _ seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var sum = UInt64(count) &* prime64a
        var pair = (count - 1) / 32
        while pair >= 0 {
            sum &+= mix16(bytes, pair * 16, Secret.word64(pair * 32), Secret.word64(pair * 32 + 8), seed)
            sum &+= mix16(
                bytes, count - 16 * (pair + 1), Secret.word64(pair * 32 + 16), Secret.word64(pair * 32 + 24), seed)
            pair -= 1
        }
        return avalanche(sum)
    }

    private static func longerHash(_ bytes: RawSpan, _ seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var sum = UInt64(count) &* prime64a
        for round in 0..<8 {
            sum &+= mix16(bytes, round * 16, Secret.word64(round * 16), Secret.word64(round * 16 + 8), seed)
        }
        sum = avalanche(sum)
        for round in 8..<(count / 16) {
            let at = (round - 8) * 16 + 3
            sum &+= mix16(bytes, round * 16, Secret.word64(at), Secret.word64(at + 8), seed)
        }
        // The last 16 bytes meet the secret 17 bytes before the end of its smallest allowed size, 136.
        sum &+= mix16(bytes, count - 16, Secret.word64(136 - 17), Secret.word64(136 - 9), seed)
        return avalanche(sum)
    }

    private static func mix16(
        _ bytes: RawSpan, _ offset: Int, _ secretLow: UInt64, _ secretHigh: UInt64, _ seed: UInt64
    ) -> UInt64 {
        foldedProduct(
            bytes.word64(offset) ^ (secretLow &+ seed), bytes.word64(offset + 8) ^ (secretHigh &- seed))
    }
}

/// Constants and mixers shared by all lengths.
extension XXH3 {
    static let prime32a: UInt64 = 0x9E37_79B1
    static let prime32b: UInt64 = 0x85EB_CA77
    static let prime32c: UInt64 = 0xC2B2_AE3D
    static let prime64a: UInt64 = 0x9E37_79B1_85EB_CA87
    static let prime64b: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    static let prime64c: UInt64 = 0x1656_67B1_9E37_79F9
    static let prime64d: UInt64 = 0x85EB_CA77_C2B2_AE63
    static let prime64e: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The two halves of a 128-bit product, combined.
    static func foldedProduct(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.low ^ product.high
    }

    static func avalanche(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ (value >> 37)) &* 0x1656_6791_9E37_79F9
        return mixed ^ (mixed >> 32)
    }

    /// The final mix of XXH64, which XXH3 uses for inputs of up to three bytes.
    static func avalanche64(_ value: UInt64) -> UInt64 {
        let first = (value ^ (value >> 33)) &* prime64b
        let second = (first ^ (first >> 29)) &* prime64c
        return second ^ (second >> 32)
    }

    /// The final mix for four to eight bytes.
    static func strongAvalanche(_ value: UInt64, _ count: Int) -> UInt64 {
        let rotated = value ^ (value << 49 | value >> 15) ^ (value << 24 | value >> 40)
        var mixed = rotated &* 0x9FB2_1C65_1E98_DF25
        mixed ^= (mixed >> 35) &+ UInt64(count)
        mixed &*= 0x9FB2_1C65_1E98_DF25
        return mixed ^ (mixed >> 28)
    }
}

/// Unaligned little-endian reads; each is checked against the bounds of the span.
extension RawSpan {
    func word64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func word32(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func byte(_ offset: Int) -> UInt8 { unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self) }
}
