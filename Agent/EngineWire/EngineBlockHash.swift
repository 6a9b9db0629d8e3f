/// The name an engine gives a block in its events: opaque outside that engine.
///
/// Lies in itself, so that lists of names are one piece of memory each.
package struct EngineBlockHash: Sendable, Hashable {
    /// Bytes of a digest that are kept; of a longer one the last.
    package static let bytesMax = 32

    /// The bytes as big-endian words, last word the low one; words before a short digest are 0.
    private var words: InlineWords
    /// Bytes of the digest; nil for a number.
    private var count: UInt8?

    private struct InlineWords: Sendable, Hashable {
        var a: UInt64 = 0
        var b: UInt64 = 0
        var c: UInt64 = 0
        var d: UInt64 = 0
    }

    /// 64 bits; a signed integer of the wire keeps its bits.
    package static func integer(_ value: UInt64) -> EngineBlockHash {
        EngineBlockHash(words: InlineWords(d: value), count: nil)
    }

    /// A whole digest.
    package static func bytes(_ digest: [UInt8]) -> EngineBlockHash { bytes(digest[...]) }

    static func bytes(_ digest: ArraySlice<UInt8>) -> EngineBlockHash {
        var words = InlineWords()
        let kept = digest.suffix(bytesMax)
        for byte in kept {
            words.a = words.a << 8 | words.b >> 56
            words.b = words.b << 8 | words.c >> 56
            words.c = words.c << 8 | words.d >> 56
            words.d = words.d << 8 | UInt64(byte)
        }
        return EngineBlockHash(words: words, count: UInt8(kept.count))
    }

    /// The number, or the last eight bytes of the digest: what vLLM publishes instead of the digest unless told not to.
    package var low64: UInt64 { words.d }

    /// The digest; nil for a number.
    package var digest: [UInt8]? {
        guard let count else { return nil }
        let all = [words.a, words.b, words.c, words.d].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - $0 * 8)) }
        }
        return Array(all.suffix(Int(count)))
    }
}
