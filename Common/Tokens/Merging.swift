/// Merges the symbols of one piece until no pair of neighbours has a merge: the lowest rank first, the leftmost of
/// equal ones. Buffers are kept from piece to piece.
///
/// 1. Short pieces look at every pair each time; long ones keep a heap, so n symbols cost O(n log n).
/// 2. A heap entry counts only while its place still has that merge: others are left-overs of earlier neighbours.
struct Merging {
    /// Symbols up to which looking at every pair is the faster way.
    private static let shortMax = 40
    /// Symbols whose buffers are kept; those of longer pieces are given back.
    private static let keptMax = 65_536

    /// The symbols to merge, then the tokens they became.
    var symbols: [UInt32] = []
    private var merges: [MergeTable.Merge] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var heap = MergeHeap()

    mutating func run(_ table: MergeTable) {
        if symbols.count < 2 { return }
        if symbols.count <= Self.shortMax { runShort(table) } else { runLong(table) }
    }

    private mutating func runShort(_ table: MergeTable) {
        merges.removeAll(keepingCapacity: true)
        for index in 0..<symbols.count - 1 { merges.append(table.merge(symbols[index], symbols[index + 1])) }
        let count = Self.runShort(table, &symbols, &merges)
        symbols.removeLast(symbols.count - count)
    }

    /// Merges at the front of the two arrays and answers how many symbols are left.
    private static func runShort(
        _ table: MergeTable, _ symbols: inout [UInt32], _ merges: inout [MergeTable.Merge]
    ) -> Int {
        var count = symbols.count
        var symbols = symbols.mutableSpan
        var merges = merges.mutableSpan
        while count > 1 {
            var best = MergeTable.none
            var at = 0
            for index in 0..<count - 1 where merges[index] < best {
                best = merges[index]
                at = index
            }
            if best == MergeTable.none { break }
            symbols[at] = UInt32(truncatingIfNeeded: best)
            count -= 1
            if at + 1 < count {
                for index in at + 1..<count { symbols[index] = symbols[index + 1] }
                for index in at..<count - 1 { merges[index] = merges[index + 1] }
                merges[at] = table.merge(symbols[at], symbols[at + 1])
            }
            if at > 0 { merges[at - 1] = table.merge(symbols[at - 1], symbols[at]) }
        }
        return count
    }

    private mutating func runLong(_ table: MergeTable) {
        let count = symbols.count
        next = (0..<Int32(count)).map { $0 + 1 }
        previous = (0..<Int32(count)).map { $0 - 1 }
        merges = (0..<count).map { $0 + 1 < count ? table.merge(symbols[$0], symbols[$0 + 1]) : MergeTable.none }
        heap.fill(merges)
        while let entry = heap.popFirst() {
            let at = Int(entry.place)
            guard merges[at] == entry.merge else { continue }
            let eaten = Int(next[at])
            let follower = next[eaten]
            symbols[at] = UInt32(truncatingIfNeeded: entry.merge)
            merges[eaten] = MergeTable.none
            next[at] = follower
            merges[at] = MergeTable.none
            if Int(follower) < count {
                previous[Int(follower)] = Int32(at)
                update(at, table)
            }
            if previous[at] >= 0 { update(Int(previous[at]), table) }
        }
        var kept: [UInt32] = []
        var at = 0
        while at < count {
            kept.append(symbols[at])
            at = Int(next[at])
        }
        symbols = kept
        if count > Self.keptMax { self = Merging(symbols: kept) }
    }

    private mutating func update(_ at: Int, _ table: MergeTable) {
        let merge = table.merge(symbols[at], symbols[Int(next[at])])
        merges[at] = merge
        if merge != MergeTable.none { heap.push(MergeHeap.Entry(merge: merge, place: Int32(at))) }
    }

    init(symbols: [UInt32] = []) { self.symbols = symbols }
}
