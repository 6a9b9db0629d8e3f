import CMemory

/// The memory of a table's segments: each has two halves, of which its buckets take one until they grow into the other,
/// and a head that readers load.
///
/// 1. A half that is not in use is zeros.
/// 2. All of it stays readable: who still looks into an old half finds nothing there, and the count of moves changed.
@safe final class SegmentMemory {
    /// How many buckets a segment has, and in which half.
    struct Shape {
        fileprivate var word: UInt32

        @inline(__always) var bucketCount: Int { Int(word >> 1) }

        /// Buckets in the other half.
        func moved(to bucketCount: Int) -> Shape { Shape(word: UInt32(bucketCount) << 1 | (word ^ 1) & 1) }
    }

    /// Bytes of a segment's head: the shape, the moves and the entries, four each.
    static let headerBytes = 16
    /// A half has room for so many fair shares of the table: hashes never fill segments alike.
    private static let sharesPerHalf = 2
    private static let pageBytes = 4096

    let count: Int
    private let halfShift: Int
    private let heads: UnsafeMutableRawPointer
    private let halves: UnsafeMutableRawPointer

    /// Segments of one bucket, which together are to take `bytesMax` bytes.
    init(count: Int, bytesMax: Int) {
        self.count = count
        let share = max(Self.pageBytes, bytesMax / count * Self.sharesPerHalf)
        halfShift = Int.bitWidth - (share - 1).leadingZeroBitCount
        let (heads, halves) = unsafe (
            memory_reserve(count * Self.headerBytes), memory_reserve((2 * count) << halfShift)
        )
        guard let heads = unsafe heads, let halves = unsafe halves else {
            preconditionFailure("KVIndex: the system gives no room for \(bytesMax) bytes; lower the index's cap")
        }
        unsafe self.heads = heads
        unsafe self.halves = halves
        for segment in 0..<count { setShape(segment, Shape(word: 1 << 1)) }
    }

    deinit {
        unsafe memory_give_back(heads, count * Self.headerBytes)
        unsafe memory_give_back(halves, (2 * count) << halfShift)
    }

    /// Bytes of buckets that a segment may grow to.
    var halfBytes: Int { 1 << halfShift }

    @inline(__always) private func head(_ segment: Int) -> UnsafeMutableRawPointer {
        unsafe heads + segment * Self.headerBytes
    }

    @inline(__always) func shape(_ segment: Int) -> Shape { Shape(word: unsafe memory_acquire_32(head(segment))) }

    func setShape(_ segment: Int, _ shape: Shape) { unsafe memory_publish_32(head(segment), shape.word) }

    @inline(__always) func buckets(_ segment: Int, _ shape: Shape) -> UnsafeMutablePointer<UInt32> {
        unsafe (halves + (segment << 1 | Int(shape.word & 1)) << halfShift).assumingMemoryBound(to: UInt32.self)
    }

    /// Moves so far, before all loads that come after.
    @inline(__always) func moves(_ segment: Int) -> UInt32 { unsafe memory_acquire_32(head(segment) + 4) }

    /// There are no more of them; after all loads before.
    @inline(__always) func isUnmoved(_ segment: Int, since moves: UInt32) -> Bool {
        memory_loads_end()
        return self.moves(segment) == moves
    }

    /// Between the store of what moved in its new place and the store that takes it out of the old one.
    func countMove(_ segment: Int) {
        unsafe memory_publish_32(head(segment) + 4, moves(segment) &+ 1)
        memory_stores_begin()
    }

    func entryCount(_ segment: Int) -> Int { Int(unsafe memory_load_32(head(segment) + 8)) }

    func setEntryCount(_ segment: Int, _ count: Int) { unsafe memory_store_32(head(segment) + 8, UInt32(count)) }

    /// Gives back what buckets of a shape took.
    func clear(_ segment: Int, _ shape: Shape) {
        unsafe memory_clear(buckets(segment, shape), shape.bucketCount * BlockTable.bucketBytes)
    }
}
