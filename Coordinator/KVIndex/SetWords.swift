import CMemory

/// The bits of all sets of holders, where a writer adds sets while readers look at others.
///
/// 1. A set's bits are whole before anybody gets its number, and change only after it was let go.
/// 2. When sets become wider they move, and where they were stays readable.
@safe final class SetWords: @unchecked Sendable {
    /// How the bits lie, tier by tier, the ranks from bit 0; fits every set there was when it was taken.
    @safe struct View {
        fileprivate let start: UnsafeMutableRawPointer
        let wordsPerTier: Int
        let tierCount: Int
        /// Words of a set.
        let stride: Int

        fileprivate init(_ start: UnsafeMutableRawPointer) {
            unsafe self.start = unsafe start
            unsafe wordsPerTier = Int(memory_load_32(start))
            unsafe tierCount = Int(memory_load_32(start + 4))
            stride = wordsPerTier * tierCount
        }

        @inline(__always) subscript(set: HolderSets.ID, word: Int) -> UInt64 {
            get { unsafe memory_load_64(start + SetWords.headerBytes + (Int(set) * stride + word) * 8) }
            nonmutating set {
                unsafe memory_store_64(
                    start + SetWords.headerBytes + (Int(set) * stride + word) * 8, newValue)
            }
        }
    }

    private static let headerBytes = 64
    private static let pageBytes = 4096
    /// Sets widen at most once for tiers and eight times for ranks.
    private static let regionsMax = 16

    /// The address of the region in use, a place that readers load.
    private let current: UnsafeMutablePointer<UInt64>
    private var regions: [Region] = []

    @safe private struct Region {
        let start: UnsafeMutableRawPointer
        let bytes: Int
    }

    /// Room for `sets` sets of one word.
    init(sets: Int) {
        unsafe current = .allocate(capacity: 1)
        unsafe current.initialize(to: 0)
        let isMade = open(sets: sets, wordsPerTier: 1, tierCount: 1) { _ in }
        precondition(isMade, "KVIndex: the system gives no room for sets of holders; lower the index's cap")
    }

    deinit {
        for region in regions { unsafe memory_give_back(region.start, region.bytes) }
        unsafe current.deallocate()
    }

    var view: View {
        let address = unsafe UInt(memory_acquire_64(current))
        guard let start = unsafe UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("KVIndex: sets of holders have a place from the start")
        }
        return unsafe View(start)
    }

    /// Moves to a region for `sets` sets of another width, which `fill` fills; false where the system gives none.
    func open(sets: Int, wordsPerTier: Int, tierCount: Int, _ fill: (View) -> Void) -> Bool {
        let bytes = Self.headerBytes + (sets + 1) * wordsPerTier * tierCount * 8
        guard regions.count < Self.regionsMax, let start = unsafe memory_reserve(bytes) else { return false }
        unsafe memory_store_32(start, UInt32(wordsPerTier))
        unsafe memory_store_32(start + 4, UInt32(tierCount))
        unsafe fill(View(start))
        unsafe memory_publish_64(current, UInt64(UInt(bitPattern: start)))
        unsafe regions.append(Region(start: start, bytes: bytes))
        return true
    }

    /// Gives back what the sets before the last move took. Who still reads there sees empty sets and must find out.
    func clearLast() {
        guard regions.count > 1 else { return }
        let last = regions[regions.count - 2]
        // The header's page stays: it says how wide those sets were.
        guard last.bytes > Self.pageBytes else { return }
        unsafe memory_clear(last.start + Self.pageBytes, last.bytes - Self.pageBytes)
    }
}
