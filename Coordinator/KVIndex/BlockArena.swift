import CMemory

/// The blocks that somebody holds, each under a number: its hash and its set of holders. Blocks that follow one another
/// in a chain mostly have numbers that do, too, so that a chain is read as memory is.
///
/// 1. A number is free exactly when its set is empty; 0 is no number, and its granule is never used.
/// 2. `used` counts the taken numbers of a granule; a granule without any is listed as free once.
/// 3. Granules from `granuleCount` on were never given out.
/// 4. A number that was released is taken again in a later generation only, and its hash is there before its set: who
///    loads a set and then the hash it looks for has the holders of that block.
///
/// A granule is two cache lines, so that whatever is done to a block touches no third one: the stamp (4 bytes), the
/// count of taken numbers and the generation of the last release (1), the granule that became free after it (3), sets
/// (4 bytes each) from byte 8, hashes (8 bytes each) from byte 48.
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
    /// Of the byte of use: four bits count, three hold the mark of the generation of the last release, one says listed.
    private static let countMask: UInt8 = 0x0F
    private static let markMask: UInt8 = 0x70
    private static let markShift: UInt8 = 4
    private static let listed: UInt8 = 0x80

    private let generations: Generations
    private let memory: UnsafeMutableRawPointer
    private let granulesMax: Int
    /// Bits that any number fits in; there is memory behind all that do.
    let numberBits: Int
    private(set) var count = 0
    private(set) var granuleCount = 1
    /// Granules that became free, and those that did in the generation `restingSince`.
    private var free = GranuleList()
    private var resting = GranuleList()
    private var restingSince: UInt64 = 0
    /// Where blocks go that begin no granule.
    private var loose = 0
    private var looseEnd = 0
    /// Where the search for single free numbers goes on.
    private var hand = 1

    /// Memory for `bytesMax` bytes is reserved; it is taken only as it is used.
    init(bytesMax: Int, _ generations: Generations) {
        self.generations = generations
        granulesMax = max(2, min(bytesMax / Self.granuleBytes, 1 << (Self.numberBitsMax - Self.slotBits)))
        numberBits = Int.bitWidth - (granulesMax << Self.slotBits - 1).leadingZeroBitCount
        let start = unsafe memory_reserve(Self.bytes(numberBits))
        guard let start = unsafe start else {
            preconditionFailure("KVIndex: the system gives no room for \(bytesMax) bytes; lower the index's cap")
        }
        unsafe memory = start
    }

    deinit { unsafe memory_give_back(memory, Self.bytes(numberBits)) }

    private static func bytes(_ numberBits: Int) -> Int { granuleBytes << (numberBits - slotBits) }

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

    @inline(__always) private func keyPlace(_ number: Int) -> UnsafeMutableRawPointer {
        unsafe place(number) + Self.keysOffset + (number & Self.slotMask) * 8
    }

    @inline(__always) private func setPlace(_ number: Int) -> UnsafeMutableRawPointer {
        unsafe place(number) + Self.setsOffset + (number & Self.slotMask) * 4
    }

    /// The hash of the number's block, or what was there last.
    @inline(__always) func key(_ number: Int) -> UInt64 { unsafe memory_load_64(keyPlace(number)) }

    @inline(__always) func set(_ number: Int) -> HolderSets.ID { unsafe memory_acquire_32(setPlace(number)) }

    @inline(__always) func setHolders(_ set: HolderSets.ID, of number: Int) {
        unsafe memory_publish_32(setPlace(number), set)
    }

    /// The holders of the block of this hash, if that is this number's, else the empty set (invariant 4).
    @inline(__always) func holders(of key: UInt64, at number: Int) -> HolderSets.ID {
        let set = set(number)
        return self.key(number) == key ? set : HolderSets.empty
    }

    /// Asks memory for a block.
    @inline(__always) func prefetch(_ number: Int) {
        unsafe prefetch_line(place(number))
        unsafe prefetch_line(place(number) + 64)
    }

    // Stamps: when a granule's blocks were last stored or used, in steps of the index's own clock.

    func stamp(_ granule: Int) -> UInt32 {
        unsafe memory_load_32(memory + granule * Self.granuleBytes)
    }

    private func setStamp(_ stamp: UInt32, _ granule: Int) {
        unsafe memory_store_32(memory + granule * Self.granuleBytes, stamp)
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

    func usedCount(_ granule: Int) -> Int { Int(used(granule) & Self.countMask) }

    @inline(__always) private func used(_ granule: Int) -> UInt8 {
        unsafe (memory + granule * Self.granuleBytes).load(fromByteOffset: 4, as: UInt8.self)
    }

    @inline(__always) private func setUsed(_ used: UInt8, _ granule: Int) {
        unsafe (memory + granule * Self.granuleBytes).storeBytes(of: used, toByteOffset: 4, as: UInt8.self)
    }

    /// None of the granule's numbers was released in this generation. Of those whose last release was long ago one in
    /// seven is taken for fresh until the next generation.
    @inline(__always) private func isRested(_ granule: Int) -> Bool {
        used(granule) & Self.markMask != generations.mark << Self.markShift
    }

    /// The granule that was listed after this one.
    private func listedAfter(_ granule: Int) -> Int {
        Int(unsafe (memory + granule * Self.granuleBytes).load(fromByteOffset: 4, as: UInt32.self) >> 8)
    }

    private func setListedAfter(_ granule: Int, _ next: Int) {
        let word = UInt32(next) << 8 | UInt32(used(granule))
        unsafe (memory + granule * Self.granuleBytes).storeBytes(of: word, toByteOffset: 4, as: UInt32.self)
    }

    /// A granule without taken numbers rests until the next generation.
    private func list(_ granule: Int) {
        wakeResting()
        setListedAfter(granule, 0)
        if resting.last != 0 { setListedAfter(resting.last, granule) } else { resting.first = granule }
        resting.last = granule
    }

    /// What rested is free once another generation began.
    private func wakeResting() {
        guard restingSince != generations.current else { return }
        restingSince = generations.current
        guard resting.first != 0 else { return }
        if free.last != 0 { setListedAfter(free.last, resting.first) } else { free.first = resting.first }
        free.last = resting.last
        resting = GranuleList()
    }

    /// Takes a number for a block: the one after `previous` when that is free, else the first of a granule of its own,
    /// or, where few of its `run` are to come, any. `mayGrow` allows one more granule. Nil when there is none.
    func take(_ key: UInt64, _ set: HolderSets.ID, after previous: Int, run: Int, mayGrow: Bool) -> Int? {
        let next = Self.after(previous)
        if previous != 0, Self.granule(of: next) < granuleCount, self.set(next) == HolderSets.empty,
            isRested(Self.granule(of: next))
        {
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

    /// Takes a number of a granule that is rested, which it is from now on until the next release.
    private func fill(_ number: Int, _ key: UInt64, _ set: HolderSets.ID) -> Int {
        unsafe memory_store_64(keyPlace(number), key)
        setHolders(set, of: number)
        let granule = Self.granule(of: number)
        setUsed(used(granule) & ~Self.markMask + 1, granule)
        count += 1
        return number
    }

    private func nextLoose() -> Int? {
        while loose < looseEnd, isRested(Self.granule(of: loose)) {
            loose += 1
            if set(loose - 1) == HolderSets.empty { return loose - 1 }
        }
        return nil
    }

    /// A granule of which no number is taken.
    private func freeGranule(mayGrow: Bool) -> Int? {
        if let granule = listedGranule() { return granule }
        if mayGrow, granuleCount < granulesMax {
            granuleCount += 1
            return granuleCount - 1
        }
        generations.begin()
        return listedGranule()
    }

    private func listedGranule() -> Int? {
        wakeResting()
        while free.first != 0 {
            let granule = free.first
            free.first = listedAfter(granule)
            if free.first == 0 { free.last = 0 }
            setUsed(used(granule) & ~Self.listed, granule)
            // Numbers may have been taken meanwhile, and released again.
            guard usedCount(granule) == 0 else { continue }
            guard isRested(granule) else {
                setUsed(used(granule) | Self.listed, granule)
                list(granule)
                continue
            }
            setStamp(0, granule)
            return granule
        }
        return nil
    }

    private func anyFree() -> Int? {
        if let number = searchFree() { return number }
        generations.begin()
        return searchFree()
    }

    private func searchFree() -> Int? {
        for _ in 1..<granuleCount {
            hand = hand + 1 < granuleCount ? hand + 1 : 1
            guard usedCount(hand) < Self.granuleBlocks, isRested(hand) else { continue }
            return Self.numbers(of: hand).first { set($0) == HolderSets.empty }
        }
        return nil
    }

    func release(_ number: Int) {
        let granule = Self.granule(of: number)
        setHolders(HolderSets.empty, of: number)
        generations.letGo()
        count -= 1
        let used = used(granule)
        let left = used & Self.countMask - 1
        setUsed(used & Self.listed | generations.mark << Self.markShift | left, granule)
        if left == 0, used & Self.listed == 0 {
            setUsed(self.used(granule) | Self.listed, granule)
            list(granule)
        }
    }
}

/// Granules in the order in which they became free, each naming the next; 0 is none.
private struct GranuleList {
    var first = 0
    var last = 0
}
