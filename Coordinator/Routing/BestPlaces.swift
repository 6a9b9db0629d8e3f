/// The few cheapest of many places, in order, without sorting the rest.
struct BestPlaces {
    struct Entry {
        var place: Int
        var cost: Double
        var tie: UInt64
    }

    private(set) var entries: [Entry] = []
    private let max: Int

    init(max: Int) {
        self.max = max
        entries.reserveCapacity(max + 1)
    }

    /// Places that cost the same are in the order of `tie`.
    mutating func insert(_ place: Int, cost: Double, tie: UInt64) {
        if entries.count == max, let last = entries.last, (last.cost, last.tie) <= (cost, tie) { return }
        var index = entries.count
        while index > 0, (entries[index - 1].cost, entries[index - 1].tie) > (cost, tie) { index -= 1 }
        entries.insert(Entry(place: place, cost: cost, tie: tie), at: index)
        if entries.count > max { entries.removeLast() }
    }

    /// The order of a place among those that cost the same, which a request's draw decides, so that ties do not pile
    /// up on one.
    static func tie(_ place: Int, draw: UInt64) -> UInt64 { (UInt64(place) &+ draw) &* 0x9E37_79B9_7F4A_7C15 }
}
