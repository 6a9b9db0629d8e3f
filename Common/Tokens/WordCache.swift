/// The tokens of words met before that are more than one: a place for each hash, so the newest word has it.
struct WordCache {
    /// Words; with 32 bytes each, 1 MiB.
    private static let placesMax = 32_768
    /// Tokens of a word that is kept.
    private static let tokensMax = 4

    private struct Entry {
        var low: UInt64 = 0
        /// The key's, with the count of tokens in the upper half of the highest byte.
        var high: UInt64 = 0
        var ids = SIMD4<UInt32>()
    }

    private var entries: [Entry] = []

    /// Appends the tokens of a word and answers true, or false when the word is not here.
    @inline(__always) func find(_ key: WordKey, hash: UInt64, into ids: inout [UInt32]) -> Bool {
        if entries.isEmpty { return false }
        let entry = entries[Int(truncatingIfNeeded: hash >> 20) & (Self.placesMax - 1)]
        guard entry.low == key.low, entry.high & ~(15 << 60) == key.high else { return false }
        let count = Int(entry.high >> 60)
        for index in 0..<count { ids.append(entry.ids[index]) }
        return true
    }

    mutating func keep(_ key: WordKey, hash: UInt64, _ tokens: [UInt32]) {
        if tokens.count > Self.tokensMax { return }
        if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.placesMax) }
        var entry = Entry(low: key.low, high: key.high | UInt64(tokens.count) << 60)
        for (index, token) in tokens.enumerated() { entry.ids[index] = token }
        entries[Int(truncatingIfNeeded: hash >> 20) & (Self.placesMax - 1)] = entry
    }
}
