/// The fields of an event while its kind may still be unknown.
///
/// 1. A field that is not what it should be never costs the batch as long as passing it over claims no block that the
///    engine may not hold: it is noted and left out.
/// 2. A stored run is left out whole when what its content hangs on cannot be read; that only hides blocks.
/// 3. A removal that cannot be read refuses the batch: its blocks would be claimed for ever.
struct EventDraft {
    private var stored = BlocksStored(blockHashes: [], parent: nil, tokenIDs: [], blockSize: 0)
    private var hasHashes = false
    /// A field the content or place of a run hangs on could not be read.
    private var isFlawed = false
    /// A field that tells whose blocks are gone, or where, could not be read.
    private var isFlawedRemoval = false
    /// Fields nobody knows, and known ones that only describe and could not be read.
    private(set) var oddFieldCount = 0

    mutating func passOver(_ reader: inout MessagePackReader) throws(MessagePackError) {
        try reader.skip()
        oddFieldCount += 1
    }

    mutating func read(_ field: EventField, from reader: inout MessagePackReader) throws(MessagePackError) {
        if try reader.skipNull() { return }
        let start = reader.mark
        do throws(MessagePackError) {
            try readPresent(field, from: &reader)
        } catch {
            reader.rewind(to: start)
            // Bytes that are no MessagePack, or too few, fault here again and refuse the batch.
            try reader.skip()
            note(field)
        }
    }

    private mutating func note(_ field: EventField) {
        switch field {
        case .slidingWindow, .ownership, .sessionID, .lookahead, .kind: oddFieldCount += 1
        case .blockHashes, .medium, .group, .locality: (isFlawed, isFlawedRemoval) = (true, true)
        case .parent, .tokens, .blockSize, .adapterNumber, .adapterName, .extraKeys, .specKind, .salt: isFlawed = true
        }
    }

    private mutating func readPresent(
        _ field: EventField, from reader: inout MessagePackReader
    ) throws(MessagePackError) {
        switch field {
        case .kind: try reader.skip()
        case .blockHashes:
            stored.blockHashes = try reader.hashes()
            hasHashes = true
        case .parent: stored.parent = try reader.hash()
        case .tokens: stored.tokenIDs = try reader.tokens()
        case .blockSize: stored.blockSize = try reader.integer()
        case .adapterNumber: stored.adapterNumber = try reader.integer()
        case .medium: stored.medium = try reader.string()
        case .adapterName: stored.adapterName = try reader.string()
        case .extraKeys: stored.extraKeys = try reader.extraKeys()
        case .group: stored.group = try reader.integer()
        case .specKind: stored.specKind = try reader.string()
        case .slidingWindow: stored.slidingWindow = try reader.integer()
        case .locality: stored.locality = try reader.string()
        case .ownership: stored.ownership = try reader.string()
        case .sessionID: stored.sessionID = try reader.string()
        case .lookahead: stored.lookaheadTokenIDs = try reader.lookahead()
        case .salt: stored.salt = try reader.string()
        }
    }

    /// The event; nil for a run that is left out.
    consuming func event(
        _ kind: EventKind, at reader: borrowing MessagePackReader
    ) throws(MessagePackError) -> EngineEvent? {
        switch kind {
        case .stored: return isFlawed || !hasHashes ? nil : .stored(stored)
        case .removed:
            guard hasHashes, !isFlawedRemoval else {
                throw MessagePackError("a removal does not say which blocks", at: reader.position)
            }
            var removed = BlocksRemoved(blockHashes: stored.blockHashes, medium: stored.medium, group: stored.group)
            removed.locality = stored.locality
            removed.ownership = stored.ownership
            return .removed(removed)
        case .cleared: return .cleared
        }
    }
}

extension MessagePackReader {
    fileprivate mutating func hash() throws(MessagePackError) -> EngineBlockHash {
        switch try peek() {
        case 0xC4...0xC6: .bytes(try binarySlice())
        default: .integer(try integerBits())
        }
    }

    fileprivate mutating func hashes() throws(MessagePackError) -> [EngineBlockHash] {
        let count = try arrayHeader()
        guard count <= KVEventBatch.blocksMax else { throw MessagePackError("too many blocks", at: position) }
        var hashes: [EngineBlockHash] = []
        // A hash has nine bytes; smaller numbers are possible, so the list may grow.
        hashes.reserveCapacity(min(count, bytesLeft / 9 + 1))
        for _ in 0..<count { hashes.append(try hash()) }
        return hashes
    }

    /// Numbers; of pairs (engines with a drafter name a token and the one after it) the first of each.
    fileprivate mutating func tokens() throws(MessagePackError) -> [UInt32] {
        let count = try arrayHeader()
        guard count > 0, isArray(try peek()) else { return try unsigned32s(count) }
        var tokens: [UInt32] = []
        for _ in 0..<count {
            let members = try arrayHeader()
            guard members > 0 else { throw MessagePackError("a pair of tokens is empty", at: position) }
            tokens.append(try unsigned32())
            for _ in 1..<members { try skip() }
        }
        return tokens
    }

    private func isArray(_ tag: UInt8) -> Bool { (0x90...0x9F).contains(tag) || tag == 0xDC || tag == 0xDD }

    fileprivate mutating func lookahead() throws(MessagePackError) -> [[UInt32]] {
        let count = try arrayHeader()
        guard count <= KVEventBatch.blocksMax else { throw MessagePackError("too many blocks", at: position) }
        var runs: [[UInt32]] = []
        for _ in 0..<count {
            let tokens = try arrayHeader()
            runs.append(try unsigned32s(tokens))
        }
        return runs
    }

    private static let oneWithout: [[MessagePack]?] = [nil]

    /// Blocks without keys, which nearly all are; short runs share theirs.
    private func noExtraKeys(_ count: Int) -> [[MessagePack]?] {
        if count == 1 { return MessagePackReader.oneWithout }
        return [[MessagePack]?](repeating: nil, count: count)
    }

    /// What entered the hash of each block; one key alone counts as a list of it.
    fileprivate mutating func extraKeys() throws(MessagePackError) -> [[MessagePack]?] {
        let count = try arrayHeader()
        guard count <= KVEventBatch.blocksMax else { throw MessagePackError("too many blocks", at: position) }
        var blocks = noExtraKeys(count)
        for block in 0..<count {
            if try skipNull() { continue }
            let keys = try value()
            if case .array(let keys) = keys { blocks[block] = keys } else { blocks[block] = [keys] }
        }
        return blocks
    }
}
