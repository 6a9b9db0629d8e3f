/// Eight bytes of a text at once, the first one lowest. Answers have the highest bit of each byte set for which a thing
/// holds.
struct ByteRow {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    var bits: UInt64

    /// The bytes from `at` on; eight of them have to be there.
    @inline(__always) init(_ text: Span<UInt8>, _ at: Int) {
        let bytes = unsafe text.bytes
        bits = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    /// Bytes that start or continue a scalar beyond ASCII.
    @inline(__always) var others: UInt64 { bits & Self.highs }

    /// Bytes from `first` to `last`, both of ASCII; `row` is without the highest bits.
    @inline(__always) private static func inside(_ row: UInt64, _ first: UInt8, _ last: UInt8) -> UInt64 {
        (row &+ ones &* UInt64(0x80 - first)) & ~(row &+ ones &* UInt64(0x7F - last))
    }

    /// Bytes that are no ASCII letter.
    @inline(__always) var notLetters: UInt64 {
        ~(Self.inside(bits & ~Self.highs | Self.ones &* 0x20, 0x61, 0x7A) & ~bits) & Self.highs
    }

    /// Bytes that are no small ASCII letter.
    @inline(__always) var notSmall: UInt64 { ~(Self.inside(bits & ~Self.highs, 0x61, 0x7A) & ~bits) & Self.highs }

    /// Bytes that are ASCII digits, or beyond ASCII.
    @inline(__always) var digitsOrOthers: UInt64 {
        (Self.inside(bits & ~Self.highs, 0x30, 0x39) | bits) & Self.highs
    }

    /// Not zero where a byte is `byte`; its lowest bit stands for the first one.
    @inline(__always) func equal(_ byte: UInt8) -> UInt64 {
        let mixed = bits ^ Self.ones &* UInt64(byte)
        return (mixed &- Self.ones) & ~mixed & Self.highs
    }
}

extension UInt64 {
    /// The number of the first byte that an answer of a row names.
    @inline(__always) var firstByte: Int { trailingZeroBitCount >> 3 }
}
