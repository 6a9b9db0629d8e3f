import CMemory

/// The blocks that somebody holds, each under a number: its hash and its set of holders. Blocks that follow one another
/// in a chain mostly have numbers that do, too, so that a chain is read as memory is.
///
/// 1. A number is free exactly when its set is empty; 0 is no number, and its granule is never used.
/// 2. `used` counts the taken numbers of a granule; a granule without any is listed as free once.
/// 3. Granules from `granuleCount` on were never given out.
///
/// A granule is two cache lines, so that whatever is done to a block touches no third one: the stamp (4 bytes), the
/// count of taken numbers (1), the granule listed as free before it (3), sets (4 bytes each) from byte 8, hashes
/// (8 bytes each) from byte 48.
@safe final class BlockArena {
    /// Numbers that lie together; a chain begins with one of its own.
    static let granuleBlocks = 10
    static let granuleBytes = 128
    /// Numbers of a granule begin at a multiple of 16; those past its blocks stand for none.
    private static let slotBits = 4
    private static let slotMask = 15
    /// A run of fewer blocks shares its granule with others.
    private static let looseBelow = 8
    private static let lastSlot = granuleBlocks - 1
    private static let setsOffset = 8
    private static let keysOffset = 48
    /// The largest number that a table's entry can name with six bits left for a tag.
    private static let numberBitsMax = 26
    private static let listed: UInt8 = 0x80

    private let memory: UnsafeMutableRawPointer
    private let granulesMax: Int
    private(set) var count = 0
    private(set) var granuleCount = 1
    /// The last granule that became free; 0 is none.
    private var lastFree = 0
    /// Where blocks go that begin no granule.
    private var loose = 0
    private var looseEnd = 0
    /// Where the search for single free numbers goes on.
    private var hand = 1

    /// Memory for `bytesMax` bytes is reserved; it is taken only as it is used.
    init(bytesMax: Int) {
        granulesMax = max(2, min(bytesMax / Self.granuleBytes, 1 << (Self.numberBitsMax - Self.slotBits)))
        let start = unsafe memory_reserve(granulesMax * Self.granuleBytes)
        guard let start = unsafe start else {
            preconditionFailure("KVIndex: the system gives no room for \(bytesMax) bytes; lower the index's cap")
        }
        unsafe memory = start
    }

    deinit { unsafe memory_give_back(memory, granulesMax * Self.granuleBytes) }

    /// Bits that any number fits in.
    var numberBits: Int { Int.bitWidth - (granulesMax << Self.slotBits - 1).leadingZeroBitCount }
    /// Bytes of what was ever taken.
    var byteCount: Int { granuleCount * Self.granuleBytes }

    // Numbers.

    @inline(__always) static func granule(of number: Int) -> Int { number >> slotBits }
    /// The number after, which may be in the next granule.
    @inline(__always) static func after(_ number: Int) -> Int { number + (number & slotMask == lastSlot ? 7 : 1) }
    @inline(__always) static func isFirst(_ number: Int) -> Bool { number & slotMask == 0 }
    @inline(__always) static func isLast(_ number: Int) -> Bool { number & slotMask == lastSlot }
    /// Numbers of the granule from this one on, itself among them.
    @inline(__always) static func left(from number: Int) -> Int { granuleBlocks - number & slotMask }
    static func numbers(of granule: Int) -> Range<Int> { granule << slotBits..<granule << slotBits + granuleBlocks }

    @inline(__always) private func place(_ number: Int) -> UnsafeMutableRawPointer {
        unsafe memory + number >> Self.slotBits * Self.granuleBytes
    }

    /// The hash of the number's block, or what was there last.
    @inline(__always) func key(_ number: Int) -> UInt64 {
        unsafe place(number).load(fromByteOffset: Self.keysOffset + (number & Self.slotMask) * 8, as: UInt64.self)
    }

    @inline(__always) func set(_ number: Int) -> HolderSets.ID {
        unsafe place(number).load(
            fromByteOffset: Self.setsOffset + (number & Self.slotMask) * 4, as: HolderSets.ID.self)
    }

    @inline(__always) func setHolders(_ set: HolderSets.ID, of number: Int) {
        unsafe place(number).storeBytes(
            of: set, toByteOffset: Self.setsOffset + (number & Self.slotMask) * 4, as: HolderSets.ID.self)
    }

    /// The block of this hash has this number.
    @inline(__always) func holds(_ key: UInt64, at number: Int) -> Bool {
        number >> Self.slotBits < granuleCount && self.key(number) == key && set(number) != HolderSets.empty
    }

    /// Asks memory for a block.
    @inline(__always) func prefetch(_ number: Int) {
        unsafe prefetch_line(place(number))
        unsafe prefetch_line(place(number) + 64)
    }

    // Stamps: when a granule's blocks were last stored or used, in steps of the index's own clock.

    func stamp(_ granule: Int) -> UInt32 {
        unsafe (memory + granule * Self.granuleBytes).load(as: UInt32.self)
    }

    private func setStamp(_ stamp: UInt32, _ granule: Int) {
        unsafe (memory + granule * Self.granuleBytes).storeBytes(of: stamp, as: UInt32.self)
    }

    @inline(__always) func touch(_ number: Int, _ stamp: UInt32) {
        let granule = Self.granule(of: number)
        if self.stamp(granule) < stamp { setStamp(stamp, granule) }
    }

    func halveStamps() {
        for granule in 1..<granuleCount { setStamp(stamp(granule) >> 1, granule) }
    }

    /// Calls `body` with every taken number and its set; it may release the number.
    func forEachTaken(_ body: (Int, HolderSets.ID) -> Void) {
        for granule in 1..<granuleCount where usedCount(granule) > 0 {
            for number in Self.numbers(of: granule) where set(number) != HolderSets.empty { body(number, set(number)) }
        }
    }

    // Taking and releasing.

    func usedCount(_ granule: Int) -> Int { Int(used(granule) & ~Self.listed) }

    @inline(__always) private func used(_ granule: Int) -> UInt8 {
        unsafe (memory + granule * Self.granuleBytes).load(fromByteOffset: 4, as: UInt8.self)
    }

    @inline(__always) private func setUsed(_ used: UInt8, _ granule: Int) {
        unsafe (memory + granule * Self.granuleBytes).storeBytes(of: used, toByteOffset: 4, as: UInt8.self)
    }

    /// The granule that was listed before this one.
    private func listedBefore(_ granule: Int) -> Int {
        Int(unsafe (memory + granule * Self.granuleBytes).load(fromByteOffset: 4, as: UInt32.self) >> 8)
    }

    /// A granule without taken numbers becomes the last of the list.
    private func list(_ granule: Int) {
        let word = UInt32(lastFree) << 8 | UInt32(Self.listed)
        unsafe (memory + granule * Self.granuleBytes).storeBytes(of: word, toByteOffset: 4, as: UInt32.self)
        lastFree = granule
    }

    /// Takes a number for a block: the one after `previous` when that is free, else the first of a granule of its own,
    /// or, where few of its `run` are to come, any. `mayGrow` allows one more granule. Nil when there is none.
    func take(_ key: UInt64, _ set: HolderSets.ID, after previous: Int, run: Int, mayGrow: Bool) -> Int? {
        let next = Self.after(previous)
        if previous != 0, Self.granule(of: next) < granuleCount, self.set(next) == HolderSets.empty {
            return fill(next, key, set)
        }
        let isLoose = run < Self.looseBelow
        if isLoose, let number = nextLoose() { return fill(number, key, set) }
        if let granule = freeGranule(mayGrow: mayGrow) {
            let numbers = Self.numbers(of: granule)
            if isLoose { (loose, looseEnd) = (numbers.lowerBound + 1, numbers.upperBound) }
            return fill(numbers.lowerBound, key, set)
        }
        return (nextLoose() ?? anyFree()).map { fill($0, key, set) }
    }

    private func fill(_ number: Int, _ key: UInt64, _ set: HolderSets.ID) -> Int {
        unsafe place(number).storeBytes(
            of: key, toByteOffset: Self.keysOffset + (number & Self.slotMask) * 8, as: UInt64.self)
        setHolders(set, of: number)
        let granule = Self.granule(of: number)
        setUsed(used(granule) + 1, granule)
        count += 1
        return number
    }

    private func nextLoose() -> Int? {
        while loose < looseEnd {
            loose += 1
            if set(loose - 1) == HolderSets.empty { return loose - 1 }
        }
        return nil
    }

    /// A granule of which no number is taken.
    private func freeGranule(mayGrow: Bool) -> Int? {
        while lastFree != 0 {
            let granule = lastFree
            lastFree = listedBefore(granule)
            setUsed(used(granule) & ~Self.listed, granule)
            if used(granule) == 0 {
                setStamp(0, granule)
                return granule
            }
        }
        guard mayGrow, granuleCount < granulesMax else { return nil }
        granuleCount += 1
        return granuleCount - 1
    }

    private func anyFree() -> Int? {
        for _ in 1..<granuleCount {
            hand = hand + 1 < granuleCount ? hand + 1 : 1
            guard usedCount(hand) < Self.granuleBlocks else { continue }
            return Self.numbers(of: hand).first { set($0) == HolderSets.empty }
        }
        return nil
    }

    func release(_ number: Int) {
        let granule = Self.granule(of: number)
        setHolders(HolderSets.empty, of: number)
        count -= 1
        let left = used(granule) - 1
        guard left == 0 else { return setUsed(left, granule) }
        list(granule)
    }
}
