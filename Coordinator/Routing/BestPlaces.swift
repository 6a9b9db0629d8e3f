/// The few cheapest of many places, in order, without sorting the rest.
struct BestPlaces {
    struct Entry {
        var place: Int
        var cost: Double
        var tie: UInt64
    }

    /// Places that are kept at most.
    static let placesMax = 8

    private var kept = InlineArray<9, Entry>(repeating: Entry(place: 0, cost: 0, tie: 0))
    private(set) var count = 0
    private let max: Int

    /// Keeps `max` places, which are no more than `placesMax`.
    init(max: Int) {
        precondition((1...Self.placesMax).contains(max), "BestPlaces keeps no \(max) places")
        self.max = max
    }

    /// The cheapest is at 0.
    subscript(index: Int) -> Entry {
        precondition(index < count, "BestPlaces has no place \(index)")
        return kept[index]
    }

    var entries: [Entry] { (0..<count).map { kept[$0] } }

    /// Places that cost the same are in the order of `tie`.
    mutating func insert(_ place: Int, cost: Double, tie: UInt64) {
        if count == max, (kept[count - 1].cost, kept[count - 1].tie) <= (cost, tie) { return }
        var index = count
        while index > 0, (kept[index - 1].cost, kept[index - 1].tie) > (cost, tie) {
            kept[index] = kept[index - 1]
            index -= 1
        }
        kept[index] = Entry(place: place, cost: cost, tie: tie)
        count = Swift.min(count + 1, max)
    }

    /// The order of a place among those that cost the same, which a request's draw decides, so that ties do not pile
    /// up on one.
    static func tie(_ place: Int, draw: UInt64) -> UInt64 { (UInt64(place) &+ draw) &* 0x9E37_79B9_7F4A_7C15 }
}
