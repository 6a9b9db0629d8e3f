/// A short word as two words of a machine: its bytes, and their count in the highest byte.
struct WordKey: Equatable {
    /// The longest word that has a key, in bytes.
    static let bytesMax = 15

    var low: UInt64
    var high: UInt64

    /// The key of `count` bytes at `start`; 1 ≤ `count` ≤ `bytesMax`.
    @inline(__always) init(_ text: Span<UInt8>, _ start: Int, _ count: Int) {
        low = 0
        high = 0
        if start + 16 <= text.count {
            let bytes = unsafe text.bytes
            low = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
            if count <= 8 {
                low &= UInt64.max >> UInt64(64 - 8 * count)
            } else {
                let rest = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
                high = UInt64(littleEndian: rest) & (UInt64.max >> UInt64(128 - 8 * count))
            }
        } else {
            for index in 0..<min(8, count) { low |= UInt64(text[start + index]) << UInt64(8 * index) }
            if count > 8 { for index in 8..<count { high |= UInt64(text[start + index]) << UInt64(8 * (index - 8)) } }
        }
        high |= UInt64(count) << 56
    }

    @inline(__always) var hash: UInt64 {
        let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: high ^ 0xC2B2_AE3D_27D4_EB4F)
        return product.low ^ product.high
    }
}

/// The tokens of words that are one token as a whole, by their bytes: open addressing, at most half full.
struct WordTable: Sendable {
    private struct Slot {
        var low: UInt64 = 0
        /// 0 in an empty slot: a word's key is never.
        var high: UInt64 = 0
        var id: UInt32 = 0
    }

    private var slots: [Slot]
    private let mask: Int

    /// A table for up to `count` short words.
    init(count: Int) {
        var size = 16
        while size < count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        mask = size - 1
    }

    mutating func insert(_ key: WordKey, _ id: UInt32) {
        var place = Int(truncatingIfNeeded: key.hash) & mask
        while slots[place].high != 0, slots[place].low != key.low || slots[place].high != key.high {
            place = (place + 1) & mask
        }
        slots[place] = Slot(low: key.low, high: key.high, id: id)
    }

    @inline(__always) func id(_ key: WordKey, hash: UInt64) -> UInt32? {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[place]
            if slot.low == key.low, slot.high == key.high { return slot.id }
            if slot.high == 0 { return nil }
            place = (place + 1) & mask
        }
    }
}
