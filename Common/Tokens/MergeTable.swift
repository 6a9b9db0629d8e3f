/// What pairs of tokens merge into, and how early: open addressing, at most half full.
struct MergeTable: Sendable {
    /// `rank << 32 | id`, so that the smaller of two is the merge that comes first.
    typealias Merge = UInt64

    static let none = Merge.max

    private struct Slot {
        var pair: UInt64 = .max
        var merge: Merge = MergeTable.none
    }

    private var slots: [Slot]
    private let mask: Int

    init(count: Int) {
        var size = 16
        while size < count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        mask = size - 1
    }

    /// A pair named twice keeps the later rank, as the reference does.
    mutating func insert(_ left: UInt32, _ right: UInt32, rank: UInt32, id: UInt32) {
        let pair = UInt64(left) << 32 | UInt64(right)
        var place = place(pair)
        while slots[place].pair != .max, slots[place].pair != pair { place = (place + 1) & mask }
        slots[place] = Slot(pair: pair, merge: Merge(rank) << 32 | Merge(id))
    }

    @inline(__always) func merge(_ left: UInt32, _ right: UInt32) -> Merge {
        let pair = UInt64(left) << 32 | UInt64(right)
        var place = place(pair)
        while true {
            let slot = slots[place]
            if slot.pair == pair || slot.pair == .max { return slot.merge }
            place = (place + 1) & mask
        }
    }

    @inline(__always) private func place(_ pair: UInt64) -> Int {
        let product = (pair ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return Int(truncatingIfNeeded: product.low ^ product.high) & mask
    }
}
