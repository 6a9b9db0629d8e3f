extension KVEventBatch {
    /// Reads the payload of one event message, events as maps (vLLM 0.24 and later) or as arrays (before).
    ///
    /// Unknown fields and events are passed over; a fault anywhere refuses the whole batch, since half of a step is
    /// worse than a known gap.
    package static func decode(_ payload: [UInt8]) throws(MessagePackError) -> KVEventBatch {
        var reader = MessagePackReader(payload)
        let parts = try reader.arrayHeader()
        guard parts >= 2 else { throw MessagePackError("a batch has a time and events", at: reader.position) }
        var batch = KVEventBatch(time: try reader.double(), events: [], rank: nil)
        for _ in 0..<(try reader.arrayHeader()) {
            if let event = try reader.event() { batch.events.append(event) } else { batch.unknownCount += 1 }
        }
        if parts > 2, !(try reader.skipNull()) { batch.rank = try reader.integer() }
        for _ in 3..<max(3, parts) { try reader.skip() }
        guard reader.isAtEnd else { throw MessagePackError("bytes after the batch", at: reader.position) }
        return batch
    }
}

extension MessagePackReader {
    fileprivate mutating func event() throws(MessagePackError) -> EngineEvent? {
        switch try peek() {
        case 0x80...0x8F, 0xDE, 0xDF: try mapEvent()
        default: try arrayEvent()
        }
    }

    /// The kind may stand anywhere among the members, so the members are read into both shapes' common draft.
    private mutating func mapEvent() throws(MessagePackError) -> EngineEvent? {
        var draft = EventDraft()
        var kind = ""
        for _ in 0..<(try mapHeader()) {
            let key = try string()
            if key == "type" { kind = try string() } else { try draft.read(key, from: &self) }
        }
        return draft.event(kind)
    }

    private mutating func arrayEvent() throws(MessagePackError) -> EngineEvent? {
        let count = try arrayHeader()
        guard count > 0 else { throw MessagePackError("an event has no kind", at: position) }
        let kind = try string()
        let fields = EventDraft.arrayFields[kind] ?? []
        var draft = EventDraft()
        for index in 0..<count - 1 {
            if index < fields.count { try draft.read(fields[index], from: &self) } else { try skip() }
        }
        return draft.event(kind)
    }
}

/// The fields of an event while its kind may still be unknown.
private struct EventDraft {
    /// Order of the fields in the array form; older engines stop earlier.
    static let arrayFields: [String: [String]] = [
        "BlockStored": [
            "block_hashes", "parent_block_hash", "token_ids", "block_size", "lora_id", "medium", "lora_name",
            "extra_keys", "group_idx", "kv_cache_spec_kind", "kv_cache_spec_sliding_window",
        ],
        "BlockRemoved": ["block_hashes", "medium", "group_idx"],
        "AllBlocksCleared": [],
    ]

    private var stored = BlocksStored(blockHashes: [], parent: nil, tokenIDs: [], blockSize: 0)

    mutating func read(_ field: String, from reader: inout MessagePackReader) throws(MessagePackError) {
        if try reader.skipNull() { return }
        switch field {
        case "block_hashes": stored.blockHashes = try reader.hashes()
        case "parent_block_hash": stored.parent = try reader.hash()
        case "token_ids": stored.tokenIDs = try reader.tokens()
        case "block_size": stored.blockSize = try reader.integer()
        case "lora_id": stored.adapterNumber = try reader.integer()
        case "medium": stored.medium = try reader.string()
        case "lora_name": stored.adapterName = try reader.string()
        case "extra_keys": stored.extraKeys = try reader.extraKeys()
        case "group_idx": stored.group = try reader.integer()
        case "kv_cache_spec_kind": stored.specKind = try reader.string()
        case "kv_cache_spec_sliding_window": stored.slidingWindow = try reader.integer()
        case "locality": stored.locality = try reader.string()
        case "ownership": stored.ownership = try reader.string()
        case "session_id": stored.sessionID = try reader.string()
        case "lookahead_token_ids": stored.lookaheadTokenIDs = try reader.lookahead()
        default: try reader.skip()
        }
    }

    func event(_ kind: String) -> EngineEvent? {
        switch kind {
        case "BlockStored": return .stored(stored)
        case "BlockRemoved":
            var removed = BlocksRemoved(blockHashes: stored.blockHashes, medium: stored.medium, group: stored.group)
            removed.locality = stored.locality
            removed.ownership = stored.ownership
            return .removed(removed)
        case "AllBlocksCleared": return .cleared
        default: return nil
        }
    }
}

extension MessagePackReader {
    fileprivate mutating func hash() throws(MessagePackError) -> EngineBlockHash {
        switch try peek() {
        case 0xC4...0xC6: .bytes(try binary())
        default: .integer(try integerBits())
        }
    }

    fileprivate mutating func hashes() throws(MessagePackError) -> [EngineBlockHash] {
        let count = try arrayHeader()
        var hashes: [EngineBlockHash] = []
        for _ in 0..<count { hashes.append(try hash()) }
        return hashes
    }

    fileprivate mutating func tokens() throws(MessagePackError) -> [UInt32] {
        let count = try arrayHeader()
        var tokens: [UInt32] = []
        tokens.reserveCapacity(count)
        for _ in 0..<count { tokens.append(try unsigned32()) }
        return tokens
    }

    fileprivate mutating func lookahead() throws(MessagePackError) -> [[UInt32]] {
        let count = try arrayHeader()
        var runs: [[UInt32]] = []
        for _ in 0..<count { runs.append(try tokens()) }
        return runs
    }

    fileprivate mutating func extraKeys() throws(MessagePackError) -> [[MessagePack]?] {
        let count = try arrayHeader()
        var blocks: [[MessagePack]?] = []
        for _ in 0..<count {
            if try skipNull() {
                blocks.append(nil)
            } else if case .array(let keys) = try value() {
                blocks.append(keys)
            } else {
                throw MessagePackError("extra keys are not a list", at: position)
            }
        }
        return blocks
    }
}
