/// Byte-pair encoding of one piece: its units become symbols, and merges make tokens of them.
///
/// 1. A word that a table names gets the token that merging would give: each entry was merged once when the file was
///    read (or the file says that whole words are not merged).
/// 2. Everything else is merged by rank.
struct MergeModel: Sendable {
    /// What a symbol starts from.
    enum Units: Sendable {
        /// One symbol a byte; `none` for a byte that the vocabulary lacks, which leaves no token.
        case bytes([UInt32])
        /// One symbol a scalar; for scalars that the vocabulary lacks, the tokens of their bytes, the unknown token,
        /// or nothing.
        case scalars(byteFallback: [UInt32]?, unknown: UInt32?, fusesUnknown: Bool)
    }

    static let none = UInt32.max

    let units: Units
    let merges: MergeTable
    /// Texts of the vocabulary as pieces spell them.
    let vocabulary: [ArraySlice<UInt8>: UInt32]
    private(set) var words = WordTable(count: 0)
    private(set) var longWords: [ArraySlice<UInt8>: UInt32] = [:]
    private var longWordBytesMax = 0

    init(units: Units, merges: MergeTable, vocabulary: [ArraySlice<UInt8>: UInt32], ignoresMerges: Bool) {
        self.units = units
        self.merges = merges
        self.vocabulary = vocabulary
        words = WordTable(count: vocabulary.count)
        var merging = Merging()
        var found: [(text: ArraySlice<UInt8>, id: UInt32)] = []
        for (text, id) in vocabulary where !text.isEmpty {
            if !ignoresMerges {
                merge(text.span, 0, text.count, &merging)
                if merging.symbols != [id] { continue }
            }
            found.append((text, id))
        }
        for (text, id) in found {
            if text.count <= WordKey.bytesMax {
                words.insert(WordKey(text.span, 0, text.count), id)
            } else {
                longWords[text] = id
                longWordBytesMax = max(longWordBytesMax, text.count)
            }
        }
    }

    /// The token of a piece of more than `WordKey.bytesMax` bytes that is one as a whole.
    func longWord(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32? {
        guard end - start <= longWordBytesMax else { return nil }
        return longWords[(start..<end).map { text[$0] }[...]]
    }

    /// Merges the piece `start..<end`; the tokens are in `merging.symbols`.
    func merge(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ merging: inout Merging) {
        merging.symbols.removeAll(keepingCapacity: true)
        switch units {
        case .bytes(let ids):
            for index in start..<end {
                let id = ids[Int(text[index])]
                if id != Self.none { merging.symbols.append(id) }
            }
        case .scalars(let bytes, let unknown, let fuses):
            addScalars(text, start, end, bytes, unknown, fuses, &merging.symbols)
        }
        merging.run(merges)
    }

    private func addScalars(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ bytes: [UInt32]?, _ unknown: UInt32?, _ fuses: Bool,
        _ symbols: inout [UInt32]
    ) {
        var at = start
        var followsUnknown = false
        while at < end {
            let count = text.scalar(at).count
            let scalar = (at..<at + count).map { text[$0] }
            at += count
            if let id = vocabulary[scalar[...]] {
                symbols.append(id)
                followsUnknown = false
            } else if let bytes {
                for byte in scalar { symbols.append(bytes[Int(byte)]) }
            } else if let unknown {
                if !(followsUnknown && fuses) { symbols.append(unknown) }
                followsUnknown = true
            }
        }
    }
}
