import CMemory

/// The tokens of words met before: two places for each hash, of which the word that came first leaves.
struct WordCache {
    /// Words; with 32 bytes each, 2 MiB.
    private static let placesMax = 65_536
    /// Tokens of a word that is kept.
    static let tokensMax = 4
    fileprivate struct Entry {
        var low: UInt64 = 0
        /// The key's, with the count of tokens in the upper half of the highest byte.
        var high: UInt64 = 0
        var ids = SIMD4<UInt32>()
    }

    /// Empty until the first word is kept.
    private var entries: [Entry] = []

    @inline(__always) private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 20) & (placesMax - 2)
    }

    /// Has the places of all pieces fetched, the first of which starts at `start`: they are far apart, and to wait for
    /// one after the other takes longer than all else.
    mutating func expect(
        _ text: Span<UInt8>, _ ends: borrowing PieceEnds, from start: Int, _ words: inout [ExpectedWord]
    ) {
        if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.placesMax) }
        let list = ends.list.span
        var words = words.mutableSpan
        var start = start
        unsafe entries.withUnsafeBufferPointer { entries in
            guard let first = entries.baseAddress else { return }
            for index in 0..<ends.count {
                let count = list[index] &- start
                if start &+ 16 <= text.count, count <= WordKey.bytesMax {
                    let key = WordKey(wide: text, start, count)
                    let place = Self.place(key.hash)
                    unsafe prefetch_line(first + place)
                    words[index] = ExpectedWord(key: key, place: place)
                } else {
                    words[index] = ExpectedWord()
                }
                start = list[index]
            }
        }
    }

    /// Writes the tokens of the pieces from `index` on into `row`, up to one that is not known here, or that starts at
    /// `stop` or after it; `index` and `start` are then that one's. Answers how many tokens.
    ///
    /// `row` has room for four times as many tokens as there are pieces.
    @inline(__always)
    func find(
        _ ends: borrowing PieceEnds, _ index: inout Int, _ start: inout Int, stop: Int, _ words: [ExpectedWord],
        into row: inout [UInt32]
    ) -> Int {
        let list = ends.list.span
        let words = words.span
        var filled = 0
        unsafe entries.withUnsafeBufferPointer { entries in
            unsafe row.withUnsafeMutableBytes { row in
                while index < ends.count, start < stop {
                    let expected = words[index]
                    var entry = unsafe entries[expected.place]
                    if !entry.holds(expected.key) {
                        entry = unsafe entries[expected.place &+ 1]
                        if !entry.holds(expected.key) { break }
                    }
                    // All four, for how many count is not foreseen.
                    unsafe row.storeBytes(of: entry.ids, toByteOffset: filled &* 4, as: SIMD4<UInt32>.self)
                    filled &+= Int(truncatingIfNeeded: entry.high >> 60)
                    start = list[index]
                    index &+= 1
                }
            }
        }
        return filled
    }

    /// Appends the tokens of a word and answers true, or false when the word is not here.
    func find(_ key: WordKey, hash: UInt64, into ids: inout [UInt32]) -> Bool {
        if entries.isEmpty { return false }
        let place = Self.place(hash)
        for entry in entries[place...place + 1] where entry.holds(key) {
            for index in 0..<Int(entry.high >> 60) { ids.append(entry.ids[index]) }
            return true
        }
        return false
    }

    mutating func keep(_ key: WordKey, hash: UInt64, _ tokens: some Collection<UInt32>) {
        if tokens.count > Self.tokensMax { return }
        if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.placesMax) }
        var entry = Entry(low: key.low, high: key.high | UInt64(tokens.count) << 60)
        for (index, token) in tokens.enumerated() { entry.ids[index] = token }
        let place = Self.place(hash)
        entries[place + 1] = entries[place]
        entries[place] = entry
    }
}

extension WordCache.Entry {
    @inline(__always) fileprivate func holds(_ key: WordKey) -> Bool {
        (low ^ key.low) | ((high ^ key.high) & (1 << 60 - 1)) == 0
    }
}

/// A piece whose place in the cache is known.
struct ExpectedWord {
    var key = WordKey.none
    var place = 0
}
