/// Finds rows by 64-bit names: open addressing, four bytes an entry.
///
/// 1. At most four of five places are taken, so that a look-up ends after a few steps.
/// 2. Places behind a removed entry move up: there are no gaps that look-ups have to cross.
struct NameIndex: Sendable {
    private static let free = UInt32.max
    private static let placesMin = 16

    private var places = [UInt32](repeating: free, count: placesMin)
    private var count = 0

    /// The place where a search for a name begins. Names may be counted up by an engine, so they are spread first.
    private func home(_ name: UInt64) -> Int {
        Int((name &* 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: UInt64(places.count)).high)
    }

    private func after(_ place: Int) -> Int { place + 1 == places.count ? 0 : place + 1 }

    /// The row of a name, `names` holding the name of each row.
    func row(of name: UInt64, in names: [UInt64]) -> Int? {
        var place = home(name)
        while places[place] != NameIndex.free {
            let row = Int(places[place])
            if names[row] == name { return row }
            place = after(place)
        }
        return nil
    }

    /// Adds a name that is not there.
    mutating func insert(row: Int, in names: [UInt64]) {
        if (count + 1) * 5 > places.count * 4 { grow(names) }
        count += 1
        place(row, names)
    }

    private mutating func place(_ row: Int, _ names: [UInt64]) {
        var place = home(names[row])
        while places[place] != NameIndex.free { place = after(place) }
        places[place] = UInt32(row)
    }

    private mutating func grow(_ names: [UInt64]) {
        let rows = places
        places = [UInt32](repeating: NameIndex.free, count: rows.count + rows.count / 4)
        for row in rows where row != NameIndex.free { place(Int(row), names) }
    }

    /// Takes out the row of a name that is there.
    mutating func remove(row: Int, in names: [UInt64]) {
        var hole = home(names[row])
        while places[hole] != UInt32(row) { hole = after(hole) }
        count -= 1
        var place = after(hole)
        while places[place] != NameIndex.free {
            let home = home(names[Int(places[place])])
            // An entry moves up unless its search begins behind the hole.
            let isBehind = hole < place ? home > hole && home <= place : home > hole || home <= place
            if !isBehind {
                places[hole] = places[place]
                hole = place
            }
            place = after(place)
        }
        places[hole] = NameIndex.free
    }
}
