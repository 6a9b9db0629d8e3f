/// Finds rows by 64-bit names: two buckets of eight places may hold a name, four bytes a place.
///
/// 1. A look-up reads two buckets at most, whatever was added and removed before.
/// 2. A place holds a row, raised by one, in its low bits and in the others bits of the name, so that hardly any other
///    row's name has to be looked at.
/// 3. At most nine of ten places are taken; where both buckets of a name are full, entries move to their other bucket.
struct NameIndex: Sendable {
    private typealias Bucket = SIMD8<UInt32>

    private static let width = 8
    private static let bucketsMin = 4
    /// Entries moved for one name before the buckets are spread anew.
    private static let movesMax = 128

    private var buckets = [Bucket](repeating: .zero, count: bucketsMin)
    /// Bits of a place that are a row's; there is one for each place, and none for no row.
    private var rowMask: UInt32 = rowMask(bucketsMin)
    private var count = 0

    /// Where a name may be. Names may be counted up by an engine, so they are spread first.
    private struct Home {
        var first: Int
        var second: Int
        var mark: UInt32
    }

    private static func rowMask(_ buckets: Int) -> UInt32 {
        let rows = UInt32(truncatingIfNeeded: buckets * width)
        return UInt32.max >> UInt32(rows.leadingZeroBitCount)
    }

    private func home(_ name: UInt64) -> Home {
        let spread = name &* 0x9E37_79B9_7F4A_7C15
        let other = (spread ^ spread >> 32) &* 0xD6E8_FEB8_6659_FD93
        let count = UInt64(buckets.count)
        return Home(
            first: Int(spread.multipliedFullWidth(by: count).high),
            second: Int(other.multipliedFullWidth(by: count).high),
            mark: UInt32(truncatingIfNeeded: other) & ~rowMask)
    }

    /// The row of a name, `names` holding the name of each row.
    func row(of name: UInt64, in names: [UInt64]) -> Int? {
        let home = home(name)
        return row(of: name, home.mark, buckets[home.first], names)
            ?? row(of: name, home.mark, buckets[home.second], names)
    }

    @inline(__always) private func row(
        of name: UInt64, _ mark: UInt32, _ bucket: Bucket, _ names: [UInt64]
    ) -> Int? {
        let isOther = bucket & Bucket(repeating: ~rowMask) .!= Bucket(repeating: mark)
        let candidates = bucket.replacing(with: 0, where: isOther) & Bucket(repeating: rowMask)
        // Nearly always there is one candidate at most.
        let raised = candidates.max()
        if raised == 0 { return nil }
        if names[Int(raised) - 1] == name { return Int(raised) - 1 }
        for place in 0..<NameIndex.width where candidates[place] != 0 {
            let row = Int(candidates[place]) - 1
            if names[row] == name { return row }
        }
        return nil
    }

    /// Adds the last row to come: the others of `names` are there, and no other has its name.
    mutating func insert(row: Int, in names: [UInt64]) {
        count += 1
        if count * 10 > buckets.count * NameIndex.width * 9 { return spread(names) }
        if !place(row, names) { spread(names) }
    }

    /// False where no place was found; some entry is missing then.
    private mutating func place(_ row: Int, _ names: [UInt64]) -> Bool {
        var row = row
        var last = -1
        for move in 0..<NameIndex.movesMax {
            let home = home(names[row])
            let entry = UInt32(truncatingIfNeeded: row + 1) | home.mark
            if put(entry, home.first) || put(entry, home.second) { return true }
            // Not back to where it comes from, and not always the same place.
            let bucket = home.first == last ? home.second : home.first
            let place = (move &* 5 &+ row) & (NameIndex.width - 1)
            row = Int(buckets[bucket][place] & rowMask) - 1
            buckets[bucket][place] = entry
            last = bucket
        }
        return false
    }

    @inline(__always) private mutating func put(_ entry: UInt32, _ bucket: Int) -> Bool {
        let places = buckets[bucket]
        guard any(places .== .zero) else { return false }
        for place in 0..<NameIndex.width where places[place] == 0 {
            buckets[bucket][place] = entry
            return true
        }
        return false
    }

    /// Puts every row into an eighth more buckets, and into more still until each has a place.
    private mutating func spread(_ names: [UInt64]) {
        var wanted = buckets.count
        repeat {
            wanted += max(1, wanted / 8)
            buckets = [Bucket](repeating: .zero, count: wanted)
            rowMask = NameIndex.rowMask(wanted)
        } while !names.indices.allSatisfy { place($0, names) }
    }

    /// Takes out the row of a name that is there.
    mutating func remove(row: Int, in names: [UInt64]) {
        let home = home(names[row])
        let entry = UInt32(truncatingIfNeeded: row + 1) | home.mark
        count -= 1
        if !take(entry, home.first) { _ = take(entry, home.second) }
    }

    @inline(__always) private mutating func take(_ entry: UInt32, _ bucket: Int) -> Bool {
        let isHere = buckets[bucket] .== Bucket(repeating: entry)
        guard any(isHere) else { return false }
        buckets[bucket].replace(with: 0, where: isHere)
        return true
    }
}
