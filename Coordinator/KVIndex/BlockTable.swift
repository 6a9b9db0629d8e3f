import CMemory

/// From the hash of a block to its number in the arena: buckets of one cache line, four bytes an entry.
///
/// 1. A block's entry is in one of its two buckets, where it came the one with more room.
/// 2. A free place is 0, which is the number of no block.
/// 3. A segment grows by itself, once it is not small an eighth at a time, so that no growth takes long and little of
///    it stays empty.
/// 4. Readers find a block that is there all the while: an entry that moves is in its new place before it leaves the
///    old one, and the segment's count of moves tells who looked into the new place too early, the old one too late.
@safe final class BlockTable {
    static let bucketBytes = 64
    private static let entriesPerBucket = 16
    /// Entries in a hundred places beyond which a segment grows; it does before where two buckets are full by chance.
    private static let loadPercentMax = 90
    /// Bytes of a segment where all of them together have reached `bytesMax`.
    private static let segmentBytes = 512 << 10
    private static let segmentBitsMax = 10
    /// Buckets below which a segment grows by half at a time: all of them together are a few MiB then.
    private static let smallBuckets = 128
    /// Steps of growth tried for one block; more only meet hashes that are none.
    private static let growthsMax = 8
    /// Entries ahead of the one at work whose hashes are asked for.
    private static let lookahead = 24
    /// Searches of one reader that moves may spoil; it counts the block as missing after the last.
    private static let searchesMax = 4

    private let arena: BlockArena
    /// An entry is a number in its lower bits and a tag, some bits of the hash, above them.
    private let numberMask: UInt32
    private let tagShift: UInt32
    private let shift: UInt64
    /// Each segment's shape, moves, entries and two halves of memory.
    private let segments: SegmentMemory
    private(set) var byteCount = 0

    /// A table of `bytesMax` bytes at most for the blocks of an arena.
    init(_ arena: BlockArena, bytesMax: Int) {
        self.arena = arena
        tagShift = UInt32(arena.numberBits)
        numberMask = 1 << tagShift - 1
        var bits = 0
        while bits < Self.segmentBitsMax, bytesMax / Self.segmentBytes >> bits > 1 { bits += 1 }
        shift = UInt64(bits)
        segments = SegmentMemory(count: 1 << bits, bytesMax: bytesMax)
        byteCount = segments.count * (Self.bucketBytes + SegmentMemory.headerBytes)
    }

    // Where a block may be.

    /// Hashes are spread over segments by their highest bits, over buckets by those after and over tags by their
    /// lowest, even where keys are no good hashes.
    @inline(__always) private func hash(_ key: UInt64) -> UInt64 {
        let mixed = (key ^ (key >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed >> 29)
    }

    @inline(__always) private func segment(_ hash: UInt64) -> Int { shift == 0 ? 0 : Int(hash >> (64 - shift)) }

    /// The tag where an entry has it.
    @inline(__always) private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) << tagShift }

    @safe private struct Buckets {
        let first: UnsafeMutablePointer<UInt32>
        let second: UnsafeMutablePointer<UInt32>
    }

    @inline(__always) private func buckets(_ hash: UInt64, _ shape: SegmentMemory.Shape, _ segment: Int) -> Buckets {
        let count = UInt64(shape.bucketCount)
        let first = (hash << shift).multipliedFullWidth(by: count).high
        let second = (hash &* 0xD1B5_4A32_D192_ED03).multipliedFullWidth(by: count).high
        let start = unsafe segments.buckets(segment, shape)
        return unsafe Buckets(
            first: start + Int(first) * Self.entriesPerBucket, second: start + Int(second) * Self.entriesPerBucket)
    }

    @inline(__always) private func buckets(_ hash: UInt64) -> Buckets {
        let segment = segment(hash)
        return buckets(hash, segments.shape(segment), segment)
    }

    /// The number and the holders of the block of this hash; 0 and the empty set when there is none.
    @inline(__always) func find(_ key: UInt64) -> FoundBlock {
        let hash = hash(key)
        let segment = segment(hash)
        for _ in 0..<Self.searchesMax {
            let moves = segments.moves(segment)
            let buckets = buckets(hash, segments.shape(segment), segment)
            var found = unsafe find(key, tag(hash), in: buckets.first)
            if found.number == 0 { found = unsafe find(key, tag(hash), in: buckets.second) }
            if found.number != 0 || segments.isUnmoved(segment, since: moves) { return found }
        }
        return .none
    }

    @inline(__always)
    private func find(_ key: UInt64, _ tag: UInt32, in bucket: UnsafeMutablePointer<UInt32>) -> FoundBlock {
        var fits = unsafe line_words_like(bucket, tag, numberMask)
        while fits != 0 {
            let number = unsafe Int(memory_load_32(bucket + fits.trailingZeroBitCount) & numberMask)
            let holders = arena.holders(of: key, at: number)
            // Free places fit a tag of zeros; the block of number 0 has no holders.
            if holders != HolderSets.empty { return FoundBlock(number: number, holders: holders) }
            fits &= fits - 1
        }
        return .none
    }

    /// Asks memory for the buckets of a block that will be looked for soon.
    @inline(__always) func prefetch(_ key: UInt64) {
        let buckets = buckets(hash(key))
        unsafe prefetch_line(buckets.first)
        unsafe prefetch_line(buckets.second)
    }

    /// Asks memory for the blocks that may be the one of this hash, whose buckets were asked for before.
    @inline(__always) func prefetchBlock(_ key: UInt64) {
        let hash = hash(key)
        let buckets = buckets(hash)
        unsafe prefetchBlocks(tag(hash), in: buckets.first)
        unsafe prefetchBlocks(tag(hash), in: buckets.second)
    }

    @inline(__always) private func prefetchBlocks(_ tag: UInt32, in bucket: UnsafeMutablePointer<UInt32>) {
        var fits = unsafe line_words_like(bucket, tag, numberMask)
        while fits != 0 {
            unsafe arena.prefetch(Int(memory_load_32(bucket + fits.trailingZeroBitCount) & numberMask))
            fits &= fits - 1
        }
    }

    // Changes.

    /// Bytes that adding a block takes while old and new buckets both live; 0 where it most likely has room.
    func growthBytes(for key: UInt64) -> Int {
        let segment = segment(hash(key))
        return isFull(segment) ? grown(segment, 1) * Self.bucketBytes : 0
    }

    private func isFull(_ segment: Int) -> Bool {
        let places = segments.shape(segment).bucketCount * Self.entriesPerBucket
        return (segments.entryCount(segment) + 1) * 100 > places * Self.loadPercentMax
    }

    private func grown(_ segment: Int, _ steps: Int) -> Int {
        let count = segments.shape(segment).bucketCount
        return count + steps * max(1, count < Self.smallBuckets ? count / 2 : count / 8)
    }

    /// Adds a block that is not there; its segment grows to no more than `growthMax` bytes. False when it has no room.
    func insert(_ key: UInt64, _ number: Int, growthMax: Int) -> Bool {
        let hash = hash(key)
        let segment = segment(hash)
        var isPut = !isFull(segment) && put(hash, number, segments.shape(segment), segment)
        for steps in 1...Self.growthsMax where !isPut {
            let count = grown(segment, steps)
            guard count * Self.bucketBytes <= min(growthMax, segments.halfBytes) else { return false }
            isPut = grow(segment, to: count) && put(hash, number, segments.shape(segment), segment)
        }
        if isPut { segments.setEntryCount(segment, segments.entryCount(segment) + 1) }
        return isPut
    }

    /// False where both buckets are full, and each other bucket of their entries, too.
    private func put(_ hash: UInt64, _ number: Int, _ shape: SegmentMemory.Shape, _ segment: Int) -> Bool {
        let buckets = buckets(hash, shape, segment)
        let first = unsafe line_words_like(buckets.first, 0, 0)
        let second = unsafe line_words_like(buckets.second, 0, 0)
        let isFirst = first.nonzeroBitCount >= second.nonzeroBitCount
        let free = isFirst ? first : second
        let entry = tag(hash) | UInt32(number)
        guard free != 0 else {
            if unsafe replace(in: buckets.first, by: entry, shape, segment) { return true }
            return unsafe replace(in: buckets.second, by: entry, shape, segment)
        }
        let bucket = unsafe isFirst ? buckets.first : buckets.second
        unsafe memory_publish_32(bucket + free.trailingZeroBitCount, entry)
        return true
    }

    /// Gives an entry the place of another one of a full bucket, which moves to its other bucket.
    private func replace(
        in bucket: UnsafeMutablePointer<UInt32>, by entry: UInt32, _ shape: SegmentMemory.Shape, _ segment: Int
    ) -> Bool {
        for index in 0..<Self.entriesPerBucket {
            let moved = unsafe memory_load_32(bucket + index)
            let places = buckets(hash(arena.key(Int(moved & numberMask))), shape, segment)
            let other = unsafe places.first == bucket ? places.second : places.first
            let free = unsafe line_words_like(other, 0, 0)
            guard free != 0 else { continue }
            unsafe memory_publish_32(other + free.trailingZeroBitCount, moved)
            segments.countMove(segment)
            unsafe memory_publish_32(bucket + index, entry)
            return true
        }
        return false
    }

    /// Moves a segment's entries to more buckets; false where they do not fit by chance, and nothing is changed.
    private func grow(_ segment: Int, to count: Int) -> Bool {
        let old = segments.shape(segment)
        let new = old.moved(to: count)
        let entries = unsafe UnsafeBufferPointer(
            start: segments.buckets(segment, old), count: old.bucketCount * Self.entriesPerBucket)
        for place in entries.indices {
            // Each entry's hash is somewhere else in memory.
            if place + Self.lookahead < entries.count {
                unsafe arena.prefetch(Int(entries[place + Self.lookahead] & numberMask))
            }
            guard unsafe entries[place] != 0 else { continue }
            let number = unsafe Int(entries[place] & numberMask)
            guard put(hash(arena.key(number)), number, new, segment) else {
                segments.clear(segment, new)
                return false
            }
        }
        segments.setShape(segment, new)
        segments.countMove(segment)
        segments.clear(segment, old)
        byteCount += (count - old.bucketCount) * Self.bucketBytes
        return true
    }

    /// Takes out a block that is there.
    func remove(_ key: UInt64, _ number: Int) {
        let hash = hash(key)
        let segment = segment(hash)
        let buckets = buckets(hash, segments.shape(segment), segment)
        let entry = tag(hash) | UInt32(number)
        let first = unsafe line_words_like(buckets.first, entry, 0)
        let second = unsafe line_words_like(buckets.second, entry, 0)
        precondition(first | second != 0, "KVIndex: every block has an entry")
        let bucket = unsafe first != 0 ? buckets.first : buckets.second
        unsafe memory_store_32(bucket + (first != 0 ? first : second).trailingZeroBitCount, 0)
        segments.setEntryCount(segment, segments.entryCount(segment) - 1)
    }
}

/// A block's number and its holders, of one moment.
struct FoundBlock {
    var number: Int
    var holders: HolderSets.ID

    static let none = FoundBlock(number: 0, holders: HolderSets.empty)
}
