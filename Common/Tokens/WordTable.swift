/// A short word as two words of a machine: its bytes, and their count in the highest byte.
struct WordKey: Equatable {
    /// The longest word that has a key, in bytes.
    static let bytesMax = 15

    var low: UInt64
    var high: UInt64

    /// The key of `count` bytes at `start`; 1 ≤ `count` ≤ `bytesMax`.
    init(_ text: Span<UInt8>, _ start: Int, _ count: Int) {
        if start + 16 <= text.count {
            self.init(wide: text, start, count)
            return
        }
        self.init(low: 0, high: UInt64(count) << 56)
        for index in 0..<min(8, count) { low |= UInt64(text[start + index]) << UInt64(8 * index) }
        if count > 8 { for index in 8..<count { high |= UInt64(text[start + index]) << UInt64(8 * (index - 8)) } }
    }

    /// The same where 16 bytes from `start` on belong to the text.
    @inline(__always) init(wide text: Span<UInt8>, _ start: Int, _ count: Int) {
        // Without a branch: lengths of words are not foreseen.
        let low = ByteRow(text, start).bits & UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* min(count, 8))
        let rest = UInt64(truncatingIfNeeded: 8 &* max(count &- 8, 0))
        let high = ByteRow(text, start &+ 8).bits & ((1 &<< rest) &- 1)
        self.init(low: low, high: high | UInt64(truncatingIfNeeded: count) &<< 56)
    }

    /// No word's.
    static let none = WordKey(low: .max, high: .max)

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
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
