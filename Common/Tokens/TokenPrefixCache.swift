/// Tokens of texts met before, so that a text that goes on where another one ended is encoded from there alone.
///
/// 1. Answers are those of encoding the whole text: a prefix is taken up to a checkpoint whose needs both texts share,
///    byte by byte compared.
/// 2. Memory stays below `bytesMax` and `entriesMax`; the text that was used longest ago leaves first.
/// 3. One caller's, as its encoder is.
package struct TokenPrefixCache: ~Copyable {
    private struct Entry {
        var text: [UInt8]
        var ids: [UInt32]
        var checkpoints: [Checkpoint]
        var pages: [UInt64]
        var used: UInt64

        /// Bytes, the index included.
        var bytes: Int { text.count + ids.count * 4 + checkpoints.count * 24 + pages.count * 40 }
    }

    /// Texts that are kept.
    package static let entriesMax = 1024
    /// Bytes by which prefixes are found; shorter texts are encoded whole.
    private static let pageBytes = 1024

    private let bytesMax: Int
    private var entries: [Int: Entry] = [:]
    /// The entry that last had a prefix of whole pages, by the prefix's hash.
    private var owners: [UInt64: Int] = [:]
    private var tick: UInt64 = 0
    private var nextEntry = 0
    private var tokenizer: ObjectIdentifier?

    /// Bytes that the entries take.
    package private(set) var bytes = 0
    /// Bytes of texts whose tokens were taken from an entry, since the start.
    package private(set) var bytesReused = 0
    /// Bytes of texts that were encoded, since the start.
    package private(set) var bytesEncoded = 0

    /// An empty cache that takes up to `bytesMax` bytes.
    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Appends the tokens of a text in UTF-8, as the encoder would; fails when it is not UTF-8.
    package mutating func encode(
        _ text: [UInt8], with encoder: inout TokenEncoder, framed: Bool, into ids: inout [UInt32]
    ) throws(TokenizerError) {
        guard encoder.tokenizer.hasCheckpoints, text.count >= Self.pageBytes, text.count <= bytesMax / 8 else {
            bytesEncoded += text.count
            return try encoder.encode(text, framed: framed, into: &ids)
        }
        guard (try? UTF8Span(validating: text.span)) != nil else { throw TokenizerError("the text is not UTF-8") }
        forgetOthers(than: encoder.tokenizer)
        let pages = Self.pages(of: text)
        let known = longest(pages, text)
        var tokens: [UInt32] = []
        var checkpoints = CheckpointList()
        var from = 0
        if let known, let entry = entries[known.entry] {
            tokens += entry.ids[..<known.checkpoint.count]
            for checkpoint in entry.checkpoints where checkpoint.offset <= known.checkpoint.offset {
                checkpoints.append(checkpoint)
            }
            from = known.checkpoint.offset
        }
        encoder.encode(text, from: from, &checkpoints, into: &tokens)
        bytesReused += from
        bytesEncoded += text.count - from
        if framed { ids += encoder.tokenizer.frame.before }
        ids += tokens
        if framed { ids += encoder.tokenizer.frame.after }
        if let known, known.continues { remove(known.entry) }
        insert(Entry(text: text, ids: tokens, checkpoints: checkpoints.list, pages: pages, used: tick))
    }

    private mutating func forgetOthers(than current: Tokenizer) {
        if tokenizer == ObjectIdentifier(current) { return }
        tokenizer = ObjectIdentifier(current)
        entries = [:]
        owners = [:]
        bytes = 0
    }

    /// The entry that shares most of the text, with its last checkpoint that counts here, and whether the text goes on
    /// where the entry's ended.
    private mutating func longest(_ pages: [UInt64], _ text: [UInt8]) -> (
        entry: Int, checkpoint: Checkpoint, continues: Bool
    )? {
        tick += 1
        var found: Int?
        for page in pages {
            guard let owner = owners[page] else { break }
            found = owner
        }
        guard let found, let entry = entries[found] else { return nil }
        entries[found]?.used = tick
        var shared = 0
        let limit = min(text.count, entry.text.count)
        let (new, old) = (text.span, entry.text.span)
        while shared + 8 <= limit, ByteRow(new, shared).bits == ByteRow(old, shared).bits { shared += 8 }
        while shared < limit, new[shared] == old[shared] { shared += 1 }
        guard let checkpoint = entry.checkpoints.last(where: { $0.needs <= shared }) else { return nil }
        // What the old text has at its end and the new one has not is at most a reply's opening.
        return (found, checkpoint, shared >= entry.text.count - Self.pageBytes)
    }

    private mutating func insert(_ entry: Entry) {
        nextEntry += 1
        for page in entry.pages { owners[page] = nextEntry }
        bytes += entry.bytes
        entries[nextEntry] = entry
        while bytes > bytesMax || entries.count > Self.entriesMax,
            let oldest = entries.min(by: { $0.value.used < $1.value.used })
        {
            remove(oldest.key)
        }
    }

    private mutating func remove(_ key: Int) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        bytes -= entry.bytes
        for page in entry.pages where owners[page] == key { owners[page] = nil }
    }

    /// For each whole page, a hash of all bytes up to its end.
    private static func pages(of text: [UInt8]) -> [UInt64] {
        var pages: [UInt64] = []
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        let bytes = unsafe text.span.bytes
        for offset in stride(from: 0, to: text.count / pageBytes * pageBytes, by: 8) {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let product = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            hash = product.low ^ product.high &+ 0xE703_7ED1_A0B4_28DB
            if (offset + 8) % pageBytes == 0 { pages.append(hash) }
        }
        return pages
    }
}
