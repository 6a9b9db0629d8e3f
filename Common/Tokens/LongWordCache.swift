/// The tokens of words met before for which the cache of short ones has no room: the newest word of a hash is kept.
struct LongWordCache {
    private struct Entry {
        var text: [UInt8] = []
        var ids: [UInt32] = []
    }

    /// Words; with 64 bytes each and as many tokens, below 1 MiB.
    private static let placesMax = 2_048
    /// Bytes of the longest word that is kept.
    private static let bytesMax = 64

    private var entries: [Entry] = []

    /// Appends the tokens of a word and answers true, or false when the word is not here.
    func find(_ text: Span<UInt8>, _ start: Int, _ end: Int, into ids: inout [UInt32]) -> Bool {
        if entries.isEmpty || end - start > Self.bytesMax { return false }
        let place = Self.place(text, start, end)
        guard entries[place].text.count == end - start, text.holds(entries[place].text, at: start, before: end) else {
            return false
        }
        ids += entries[place].ids
        return true
    }

    mutating func keep(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ ids: some Collection<UInt32>) {
        if end - start > Self.bytesMax { return }
        if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.placesMax) }
        entries[Self.place(text, start, end)] = Entry(text: (start..<end).map { text[$0] }, ids: Array(ids))
    }

    private static func place(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        var at = start
        while at < end {
            let count = min(8, end - at)
            hash = (hash ^ WordKey(text, at, count).low).multipliedFold
            at += count
        }
        return Int(truncatingIfNeeded: hash) & (placesMax - 1)
    }
}

extension UInt64 {
    fileprivate var multipliedFold: UInt64 {
        let product = multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.low ^ product.high
    }
}
