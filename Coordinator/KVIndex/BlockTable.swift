import KVBlocks

/// Open addressing from a block to its set of holders: 16 bytes a place, linear probing, no tombstones.
///
/// 1. A place is free exactly when its set is empty.
/// 2. Between the home of a block and its place no place is free.
/// 3. At most `loadPercentMax` of the places are taken.
struct BlockTable: Sendable {
    struct Slot: Sendable {
        var key: UInt64
        var set: HolderSets.ID
        /// When the block was last stored or used, in steps of the index's own clock.
        var stamp: UInt32
    }

    static let loadPercentMax = 75
    static let slotBytes = 16
    private static let capacityMin = 64
    private static let free = Slot(key: 0, set: HolderSets.empty, stamp: 0)

    private(set) var slots: [Slot]
    private(set) var count = 0

    init() { slots = Array(repeating: Self.free, count: Self.capacityMin) }

    var byteCount: Int { slots.capacity * Self.slotBytes }

    /// Another block fits without growing.
    var hasRoom: Bool { (count + 1) * 100 <= slots.count * Self.loadPercentMax }

    /// The place of a block, or the free place where it would go.
    func place(of key: UInt64) -> Int {
        var place = Self.home(key, slots.count)
        while slots[place].set != HolderSets.empty, slots[place].key != key {
            place += 1
            if place == slots.count { place = 0 }
        }
        return place
    }

    func holders(of key: UInt64) -> HolderSets.ID { slots[place(of: key)].set }

    /// Takes a free place; the caller has checked `hasRoom`.
    mutating func take(_ place: Int, _ slot: Slot) {
        slots[place] = slot
        count += 1
    }

    mutating func setHolders(_ set: HolderSets.ID, at place: Int) { slots[place].set = set }

    mutating func setStamp(_ stamp: UInt32, at place: Int) { slots[place].stamp = stamp }

    /// Frees a place and moves later blocks of its run back; `place` may hold another block afterwards.
    mutating func remove(at place: Int) {
        var hole = place
        var next = place
        while true {
            next += 1
            if next == slots.count { next = 0 }
            if slots[next].set == HolderSets.empty { break }
            let home = Self.home(slots[next].key, slots.count)
            if distance(home, next) >= distance(hole, next) {
                slots[hole] = slots[next]
                hole = next
            }
        }
        slots[hole] = Self.free
        count -= 1
    }

    /// Doubles, or takes what the budget still allows while old and new places both live; false when nothing is left.
    mutating func grow(bytesMax: Int) -> Bool {
        let allowed = bytesMax / Self.slotBytes - slots.count
        let size = min(slots.count * 2, allowed)
        guard size > slots.count + slots.count / 8 else { return false }
        var larger = Array(repeating: Self.free, count: size)
        for slot in slots where slot.set != HolderSets.empty {
            var place = Self.home(slot.key, size)
            while larger[place].set != HolderSets.empty { place = place + 1 == size ? 0 : place + 1 }
            larger[place] = slot
        }
        slots = larger
        return true
    }

    /// Halves every stamp, so that the clock can go on.
    mutating func halveStamps() {
        for place in slots.indices { slots[place].stamp >>= 1 }
    }

    private func distance(_ from: Int, _ to: Int) -> Int { to >= from ? to - from : to - from + slots.count }

    /// Spreads keys over any number of places, even keys that are no good hashes.
    private static func home(_ key: UInt64, _ size: Int) -> Int {
        let mixed = (key ^ (key >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed.multipliedFullWidth(by: UInt64(size)).high)
    }
}
