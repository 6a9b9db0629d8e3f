/// How an engine writes its events.
package enum KVEventForm: Sendable, Hashable {
    /// Maps by field name, fields at their default left out: vLLM 0.24 and later.
    case map
    /// Arrays by position: vLLM 0.23.
    case array
}

extension KVEventBatch {
    /// The payload as vLLM writes it: 0.32 for maps, 0.23 for arrays (which have no place for the fields added later).
    package func encode(_ form: KVEventForm) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.writeArrayHeader(rank == nil ? 2 : 3)
        writer.write(time)
        writer.writeArrayHeader(events.count)
        for event in events {
            switch form {
            case .map: writer.writeMap(event)
            case .array: writer.writeArray(event)
            }
        }
        if let rank { writer.write(integer: rank) }
        return writer.bytes
    }
}

extension MessagePackWriter {
    fileprivate mutating func writeMap(_ event: EngineEvent) {
        switch event {
        case .stored(let stored): writeMap(stored)
        case .removed(let removed):
            let optional: [(String, String?)] = [("locality", removed.locality), ("ownership", removed.ownership)]
            let present = optional.filter { $0.1 != nil }
            writeMapHeader(3 + (removed.group == nil ? 0 : 1) + present.count)
            writeMember("type", "BlockRemoved")
            write("block_hashes")
            write(removed.blockHashes)
            writeMember("medium", removed.medium)
            if let group = removed.group { writeMember("group_idx", group) }
            for (key, value) in present { writeMember(key, value) }
        case .cleared:
            writeMapHeader(1)
            writeMember("type", "AllBlocksCleared")
        }
    }

    private mutating func writeMap(_ stored: BlocksStored) {
        let late: [(String, String?)] = [
            ("locality", stored.locality), ("ownership", stored.ownership), ("session_id", stored.sessionID),
            ("cache_salt", stored.salt),
        ]
        let present = late.filter { $0.1 != nil }
        let optional = [
            stored.extraKeys != nil, stored.group != nil, stored.specKind != nil, stored.slidingWindow != nil,
            stored.lookaheadTokenIDs != nil,
        ]
        writeMapHeader(8 + optional.count { $0 } + present.count)
        writeMember("type", "BlockStored")
        write("block_hashes")
        write(stored.blockHashes)
        write("parent_block_hash")
        write(stored.parent)
        write("token_ids")
        write(stored.tokenIDs)
        writeMember("block_size", stored.blockSize)
        writeMember("lora_id", stored.adapterNumber)
        writeMember("medium", stored.medium)
        writeMember("lora_name", stored.adapterName)
        if let extraKeys = stored.extraKeys {
            write("extra_keys")
            write(extraKeys)
        }
        if let group = stored.group { writeMember("group_idx", group) }
        if let kind = stored.specKind { writeMember("kv_cache_spec_kind", kind) }
        if let window = stored.slidingWindow { writeMember("kv_cache_spec_sliding_window", window) }
        for (key, value) in present { writeMember(key, value) }
        if let runs = stored.lookaheadTokenIDs {
            write("lookahead_token_ids")
            writeArrayHeader(runs.count)
            for run in runs { write(run) }
        }
    }

    fileprivate mutating func writeArray(_ event: EngineEvent) {
        switch event {
        case .stored(let stored):
            writeArrayHeader(12)
            write("BlockStored")
            write(stored.blockHashes)
            write(stored.parent)
            write(stored.tokenIDs)
            write(integer: stored.blockSize)
            write(stored.adapterNumber)
            write(stored.medium)
            write(stored.adapterName)
            if let extraKeys = stored.extraKeys { write(extraKeys) } else { writeNull() }
            write(stored.group)
            write(stored.specKind)
            write(stored.slidingWindow)
        case .removed(let removed):
            writeArrayHeader(4)
            write("BlockRemoved")
            write(removed.blockHashes)
            write(removed.medium)
            write(removed.group)
        case .cleared:
            writeArrayHeader(1)
            write("AllBlocksCleared")
        }
    }

    private mutating func writeMember(_ key: String, _ value: String?) {
        write(key)
        write(value)
    }

    private mutating func writeMember(_ key: String, _ value: Int?) {
        write(key)
        write(value)
    }

    private mutating func write(_ text: String?) {
        if let text { write(text) } else { writeNull() }
    }

    private mutating func write(_ number: Int?) {
        if let number { write(integer: number) } else { writeNull() }
    }

    private mutating func write(_ hash: EngineBlockHash?) {
        guard let hash else { return writeNull() }
        if let digest = hash.digest { write(binary: digest) } else { write(unsigned: hash.low64) }
    }

    private mutating func write(_ hashes: [EngineBlockHash]) {
        writeArrayHeader(hashes.count)
        for hash in hashes { write(Optional(hash)) }
    }

    private mutating func write(_ tokens: [UInt32]) {
        writeArrayHeader(tokens.count)
        for token in tokens { write(unsigned: UInt64(token)) }
    }

    private mutating func write(_ extraKeys: [[MessagePack]?]) {
        writeArrayHeader(extraKeys.count)
        for keys in extraKeys {
            if let keys { write(MessagePack.array(keys)) } else { writeNull() }
        }
    }
}
