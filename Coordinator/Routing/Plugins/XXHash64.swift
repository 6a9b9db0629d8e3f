/// The 64-bit xxHash of bytes with seed 0, as Kthena's prefix table uses it.
package enum XXHash64 {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    package static func hash(_ bytes: [UInt8]) -> UInt64 { hash(bytes.span) }

    package static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var position = 0
        var result: UInt64
        if bytes.count >= 32 {
            var lanes = (primes.0 &+ primes.1, primes.1, UInt64(0), 0 &- primes.0)
            while position + 32 <= bytes.count {
                lanes.0 = round(lanes.0, word(bytes, position))
                lanes.1 = round(lanes.1, word(bytes, position + 8))
                lanes.2 = round(lanes.2, word(bytes, position + 16))
                lanes.3 = round(lanes.3, word(bytes, position + 24))
                position += 32
            }
            result = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
                result = (result ^ round(0, lane)) &* primes.0 &+ primes.3
            }
        } else {
            result = primes.4
        }
        return finish(result &+ UInt64(bytes.count), bytes, from: position)
    }

    private static func finish(_ start: UInt64, _ bytes: Span<UInt8>, from: Int) -> UInt64 {
        var result = start
        var position = from
        while position + 8 <= bytes.count {
            result = rotate(result ^ round(0, word(bytes, position)), 27) &* primes.0 &+ primes.3
            position += 8
        }
        if position + 4 <= bytes.count {
            let half = (0..<4).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
            result = rotate(result ^ half &* primes.0, 23) &* primes.1 &+ primes.2
            position += 4
        }
        while position < bytes.count {
            result = rotate(result ^ UInt64(bytes[position]) &* primes.4, 11) &* primes.0
            position += 1
        }
        result = (result ^ result >> 33) &* primes.1
        result = (result ^ result >> 29) &* primes.2
        return result ^ result >> 32
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* primes.1, 31) &* primes.0
    }

    private static func rotate(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }

    private static func word(_ bytes: Span<UInt8>, _ position: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in 0..<8 { value |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
        return value
    }
}
