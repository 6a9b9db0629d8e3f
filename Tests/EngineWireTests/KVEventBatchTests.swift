import EngineWire
import JSONValues
import Testing

struct KVEventBatchTests {
    static let recordings = [
        "kv-events-0.32.0", "kv-events-0.32.0-stress", "kv-events-0.32.0-bytes-lora-sha256-bs64",
        "kv-events-0.32.0-pd-prefill", "kv-events-0.32.0-pd-decode", "kv-events-0.23.0", "kv-events-0.23.0-stress",
    ]

    @Test(arguments: recordings)
    func `decodes every recorded message to what its neighbour in JSON says`(name: String) throws {
        let messages = try Recording.messages("\(name).bin")
        let lines = try Recording.lines("\(name).jsonl")
        #expect(messages.count == lines.count)
        #expect(!messages.isEmpty)
        for (parts, line) in zip(messages, lines) {
            let batch = try KVEventBatch.decode(parts[2])
            let payload = try #require(line["payload"])
            #expect(batch.time == payload[0]?.double)
            #expect(batch.rank == payload[2]?.integer)
            #expect(batch.unknownCount == 0 && batch.unreadableCount == 0 && batch.oddFieldCount == 0)
            let events = payload[1]?.elements ?? []
            #expect(batch.events.count == events.count)
            for (event, json) in zip(batch.events, events) { check(event, Fields(json)) }
        }
    }

    @Test(arguments: recordings)
    func `writes every recorded message again byte for byte`(name: String) throws {
        for parts in try Recording.messages("\(name).bin") {
            let batch = try KVEventBatch.decode(parts[2])
            #expect(batch.encode(name.contains("0.23") ? .array : .map) == parts[2])
        }
    }

    /// An event in JSON, by field name in either form.
    private struct Fields {
        let json: JSONValue
        static let order = [
            "BlockStored": [
                "type", "block_hashes", "parent_block_hash", "token_ids", "block_size", "lora_id", "medium",
                "lora_name", "extra_keys", "group_idx", "kv_cache_spec_kind", "kv_cache_spec_sliding_window",
            ],
            "BlockRemoved": ["type", "block_hashes", "medium", "group_idx"],
        ]

        init(_ json: JSONValue) { self.json = json }

        subscript(name: String) -> JSONValue? {
            guard json.array != nil else { return json[name].flatMap { $0.isNull ? nil : $0 } }
            let kind = json[0]?.string ?? ""
            let position = name == "type" ? 0 : Fields.order[kind]?.firstIndex(of: name)
            return position.flatMap { json[$0] }.flatMap { $0.isNull ? nil : $0 }
        }
    }

    private func check(_ event: EngineEvent, _ json: Fields) {
        switch event {
        case .stored(let stored):
            #expect(json["type"] == "BlockStored")
            #expect(stored.blockHashes.map(text) == json["block_hashes"]?.elements.map(text))
            #expect(stored.parent.map(text) == json["parent_block_hash"].map(text))
            #expect(stored.tokenIDs.map { Int($0) } == json["token_ids"]?.elements.compactMap(\.integer))
            #expect(stored.blockSize == json["block_size"]?.integer)
            #expect(stored.adapterNumber == json["lora_id"]?.integer)
            #expect(stored.adapterName == json["lora_name"]?.string)
            #expect(stored.medium == json["medium"]?.string)
            #expect(stored.group == json["group_idx"]?.integer)
            #expect(stored.specKind == json["kv_cache_spec_kind"]?.string)
            #expect(stored.slidingWindow == json["kv_cache_spec_sliding_window"]?.integer)
            #expect(stored.sessionID == json["session_id"]?.string)
            let keys = stored.extraKeys.map { $0.map { $0.map { $0.map(text) } } }
            #expect(keys == json["extra_keys"]?.elements.map { $0.isNull ? nil : $0.elements.map { $0.text() } })
        case .removed(let removed):
            #expect(json["type"] == "BlockRemoved")
            #expect(removed.blockHashes.map(text) == json["block_hashes"]?.elements.map(text))
            #expect(removed.medium == json["medium"]?.string)
            #expect(removed.group == json["group_idx"]?.integer)
        case .cleared:
            #expect(json["type"] == "AllBlocksCleared")
        }
    }

    private func text(_ key: MessagePack) -> String {
        if case .string(let text) = key { JSONValue.string(text).text() } else { "\(key)" }
    }

    /// A JSON number above 2^63 is read as a double, so both sides are compared as doubles then.
    private func text(_ hash: EngineBlockHash) -> String {
        if let digest = hash.digest {
            return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        return Int64(exactly: hash.low64).map { "\($0)" } ?? "\(Double(hash.low64))"
    }

    private func text(_ json: JSONValue) -> String {
        switch json {
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        default: json["bytes_hex"]?.string ?? json.text()
        }
    }
}
