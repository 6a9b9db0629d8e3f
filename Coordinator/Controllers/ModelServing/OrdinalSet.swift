/// Which ordinals of groups, or of a role's replicas, exist, and which are to exist: the lowest missing below `wanted`
/// are filled until `wanted` exist; what stands beyond is not renumbered.
struct OrdinalSet: Sendable {
    /// In ascending order, those on their way out included.
    let existing: [Int]
    let wanted: Int

    init(_ existing: some Sequence<Int>, wanted: Int) {
        self.existing = existing.sorted()
        self.wanted = max(0, wanted)
    }

    /// How many are to be created.
    var missingCount: Int { max(0, wanted - existing.count) }

    /// The first `limit` ordinals to create, lowest first.
    func missing(limit: Int = .max) -> [Int] {
        var missing: [Int] = []
        let count = min(limit, missingCount)
        var position = 0
        var ordinal = 0
        while missing.count < count {
            while position < existing.count, existing[position] < ordinal { position += 1 }
            if position >= existing.count || existing[position] != ordinal { missing.append(ordinal) }
            ordinal += 1
        }
        return missing
    }

    /// The place of an existing ordinal once every gap is filled, from 0.
    func rank(of ordinal: Int) -> Int {
        let below = OrdinalSet.count(below: ordinal, in: existing)
        let inRange = min(ordinal, wanted)
        let gaps = inRange - OrdinalSet.count(below: inRange, in: existing)
        return below + min(gaps, missingCount)
    }

    private static func count(below ordinal: Int, in sorted: [Int]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < ordinal { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
