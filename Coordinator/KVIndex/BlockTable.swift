import CMemory

/// From the hash of a block to its number in the arena: buckets of one cache line, four bytes an entry.
///
/// 1. A block's entry is in one of its two buckets, where it came the one with more room.
/// 2. A free place is 0, which is the number of no block.
/// 3. A segment grows by itself, a sixteenth at a time, so that no growth takes long and little of it stays empty.
@safe final class BlockTable {
    @safe private struct Segment {
        var buckets: UnsafeMutablePointer<UInt32>
        var bucketCount: UInt32
        var count: UInt32
    }

    static let bucketBytes = 64
    private static let entriesPerBucket = 16
    /// Entries in a hundred places beyond which a segment grows; it does before where two buckets are full by chance.
    private static let loadPercentMax = 90
    /// Bytes of a segment where all of them together have reached `bytesMax`.
    private static let segmentBytes = 512 << 10
    private static let segmentBitsMax = 10
    /// Steps of growth tried for one block; more only meet hashes that are none.
    private static let growthsMax = 8
    /// Entries ahead of the one at work whose hashes are asked for.
    private static let lookahead = 24

    private let arena: BlockArena
    /// An entry is a number in its lower bits and a tag, some bits of the hash, above them.
    private let numberMask: UInt32
    private let tagShift: UInt32
    private let segments: UnsafeMutableBufferPointer<Segment>
    private let shift: UInt64
    private(set) var byteCount = 0

    /// A table of `bytesMax` bytes at most for the blocks of an arena.
    init(_ arena: BlockArena, bytesMax: Int) {
        self.arena = arena
        tagShift = UInt32(arena.numberBits)
        numberMask = 1 << tagShift - 1
        var bits = 0
        while bits < Self.segmentBitsMax, bytesMax / Self.segmentBytes >> bits > 1 { bits += 1 }
        shift = UInt64(bits)
        unsafe segments = .allocate(capacity: 1 << bits)
        for index in unsafe segments.indices {
            unsafe segments.initializeElement(
                at: index, to: Segment(buckets: Self.made(1), bucketCount: 1, count: 0))
        }
        byteCount = (1 << bits) * (Self.bucketBytes + MemoryLayout<Segment>.stride)
    }

    deinit {
        for index in unsafe segments.indices { unsafe segments[index].buckets.deallocate() }
        unsafe segments.deallocate()
    }

    private static func made(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        let bytes = count * bucketBytes
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bucketBytes)
        return unsafe memory.initializeMemory(as: UInt32.self, repeating: 0, count: bytes / 4)
    }

    // Where a block may be.

    /// A block's segment, buckets and tag.
    @safe private struct Place {
        let segment: Int
        let first: UnsafeMutablePointer<UInt32>
        let second: UnsafeMutablePointer<UInt32>
        /// The tag where an entry has it.
        let tag: UInt32
    }

    /// Hashes are spread over segments by their highest bits, over buckets by those after and over tags by their
    /// lowest, even where keys are no good hashes.
    @inline(__always) private func place(_ key: UInt64) -> Place {
        let mixed = (key ^ (key >> 32)) &* 0x9E37_79B9_7F4A_7C15
        let hash = mixed ^ (mixed >> 29)
        let index = shift == 0 ? 0 : Int(hash >> (64 - shift))
        let segment = unsafe segments[index]
        let count = UInt64(segment.bucketCount)
        let first = (hash << shift).multipliedFullWidth(by: count).high
        let second = (hash &* 0xD1B5_4A32_D192_ED03).multipliedFullWidth(by: count).high
        return unsafe Place(
            segment: index, first: segment.buckets + Int(first) * Self.entriesPerBucket,
            second: segment.buckets + Int(second) * Self.entriesPerBucket,
            tag: UInt32(truncatingIfNeeded: hash) << tagShift)
    }

    /// The number of the block of this hash; 0 when there is none.
    func find(_ key: UInt64) -> Int {
        let place = place(key)
        let number = unsafe find(key, place.tag, in: place.first)
        return number != 0 ? number : unsafe find(key, place.tag, in: place.second)
    }

    @inline(__always)
    private func find(_ key: UInt64, _ tag: UInt32, in bucket: UnsafeMutablePointer<UInt32>) -> Int {
        var fits = unsafe line_words_like(bucket, tag, numberMask)
        while fits != 0 {
            // Free places fit a tag of zeros.
            let number = unsafe Int(bucket[fits.trailingZeroBitCount] & numberMask)
            if arena.key(number) == key, number != 0 { return number }
            fits &= fits - 1
        }
        return 0
    }

    /// Asks memory for the buckets of a block that will be looked for soon.
    @inline(__always) func prefetch(_ key: UInt64) {
        let place = place(key)
        unsafe prefetch_line(place.first)
        unsafe prefetch_line(place.second)
    }

    /// Asks memory for the blocks that may be the one of this hash, whose buckets were asked for before.
    @inline(__always) func prefetchBlock(_ key: UInt64) {
        let place = place(key)
        unsafe prefetchBlocks(place.tag, in: place.first)
        unsafe prefetchBlocks(place.tag, in: place.second)
    }

    @inline(__always) private func prefetchBlocks(_ tag: UInt32, in bucket: UnsafeMutablePointer<UInt32>) {
        var fits = unsafe line_words_like(bucket, tag, numberMask)
        while fits != 0 {
            unsafe arena.prefetch(Int(bucket[fits.trailingZeroBitCount] & numberMask))
            fits &= fits - 1
        }
    }

    // Changes.

    /// Bytes that adding a block takes while old and new buckets both live; 0 where it most likely has room.
    func growthBytes(for key: UInt64) -> Int {
        let segment = unsafe segments[place(key).segment]
        return Self.isFull(segment) ? Self.grown(segment, 1) * Self.bucketBytes : 0
    }

    private static func isFull(_ segment: Segment) -> Bool {
        (Int(segment.count) + 1) * 100 > Int(segment.bucketCount) * entriesPerBucket * loadPercentMax
    }

    private static func grown(_ segment: Segment, _ steps: Int) -> Int {
        Int(segment.bucketCount) + steps * max(1, Int(segment.bucketCount) / 16)
    }

    /// Adds a block that is not there; its segment grows to no more than `growthMax` bytes. False when it has no room.
    func insert(_ key: UInt64, _ number: Int, growthMax: Int) -> Bool {
        let index = place(key).segment
        var isPut = unsafe !Self.isFull(segments[index]) && put(key, number)
        for steps in 1...Self.growthsMax where !isPut {
            let count = unsafe Self.grown(segments[index], steps)
            guard count * Self.bucketBytes <= growthMax else { return false }
            isPut = grow(index, to: count) && put(key, number)
        }
        if isPut { unsafe segments[index].count += 1 }
        return isPut
    }

    /// False where both buckets are full, and each other bucket of their entries, too.
    private func put(_ key: UInt64, _ number: Int) -> Bool {
        let place = place(key)
        let first = unsafe line_words_like(place.first, 0, 0)
        let second = unsafe line_words_like(place.second, 0, 0)
        let isFirst = first.nonzeroBitCount >= second.nonzeroBitCount
        let free = isFirst ? first : second
        let entry = place.tag | UInt32(number)
        guard free != 0 else {
            if unsafe replace(in: place.first, by: entry) { return true }
            return unsafe replace(in: place.second, by: entry)
        }
        let bucket = unsafe isFirst ? place.first : place.second
        unsafe bucket[free.trailingZeroBitCount] = entry
        return true
    }

    /// Gives an entry the place of another one of a full bucket, which moves to its other bucket.
    private func replace(in bucket: UnsafeMutablePointer<UInt32>, by entry: UInt32) -> Bool {
        for index in 0..<Self.entriesPerBucket {
            let moved = unsafe bucket[index]
            let place = place(arena.key(Int(moved & numberMask)))
            let other = unsafe place.first == bucket ? place.second : place.first
            let free = unsafe line_words_like(other, 0, 0)
            guard free != 0 else { continue }
            unsafe other[free.trailingZeroBitCount] = moved
            unsafe bucket[index] = entry
            return true
        }
        return false
    }

    /// Moves a segment's entries to more buckets; false where they do not fit by chance, and nothing is changed.
    private func grow(_ index: Int, to count: Int) -> Bool {
        let old = unsafe segments[index]
        unsafe segments[index].buckets = Self.made(count)
        unsafe segments[index].bucketCount = UInt32(count)
        let entries = Int(old.bucketCount) * Self.entriesPerBucket
        for entry in 0..<entries {
            // Each entry's hash is somewhere else in memory.
            if entry + Self.lookahead < entries {
                unsafe arena.prefetch(Int(old.buckets[entry + Self.lookahead] & numberMask))
            }
            guard unsafe old.buckets[entry] != 0 else { continue }
            let number = unsafe Int(old.buckets[entry] & numberMask)
            guard put(arena.key(number), number) else {
                unsafe segments[index].buckets.deallocate()
                unsafe segments[index] = old
                return false
            }
        }
        byteCount += (count - Int(old.bucketCount)) * Self.bucketBytes
        unsafe old.buckets.deallocate()
        return true
    }

    /// Takes out a block that is there.
    func remove(_ key: UInt64, _ number: Int) {
        let place = place(key)
        let entry = place.tag | UInt32(number)
        let first = unsafe line_words_like(place.first, entry, 0)
        let second = unsafe line_words_like(place.second, entry, 0)
        precondition(first | second != 0, "KVIndex: every block has an entry")
        let bucket = unsafe first != 0 ? place.first : place.second
        unsafe bucket[(first != 0 ? first : second).trailingZeroBitCount] = 0
        unsafe segments[place.segment].count -= 1
    }
}
