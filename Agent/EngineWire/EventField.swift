/// The members of an event, in the order of the array form up to `slidingWindow`; what came later has a name only.
enum EventField: Int, CaseIterable {
    case kind, blockHashes, parent, tokens, blockSize, adapterNumber, medium, adapterName, extraKeys, group, specKind
    case slidingWindow, locality, ownership, sessionID, lookahead, salt

    private var name: StaticString {
        switch self {
        case .kind: "type"
        case .blockHashes: "block_hashes"
        case .parent: "parent_block_hash"
        case .tokens: "token_ids"
        case .blockSize: "block_size"
        case .adapterNumber: "lora_id"
        case .medium: "medium"
        case .adapterName: "lora_name"
        case .extraKeys: "extra_keys"
        case .group: "group_idx"
        case .specKind: "kv_cache_spec_kind"
        case .slidingWindow: "kv_cache_spec_sliding_window"
        case .locality: "locality"
        case .ownership: "ownership"
        case .sessionID: "session_id"
        case .lookahead: "lookahead_token_ids"
        case .salt: "cache_salt"
        }
    }

    /// Fields whose names have a number of bytes, the commonest first.
    private static func candidates(_ count: Int) -> (EventField, EventField?, EventField?, EventField?)? {
        switch count {
        case 4: (.kind, nil, nil, nil)
        case 6: (.medium, nil, nil, nil)
        case 7: (.adapterNumber, nil, nil, nil)
        case 8: (.locality, nil, nil, nil)
        case 9: (.tokens, .group, .adapterName, .ownership)
        case 10: (.blockSize, .extraKeys, .sessionID, .salt)
        case 12: (.blockHashes, nil, nil, nil)
        case 17: (.parent, nil, nil, nil)
        case 18: (.specKind, nil, nil, nil)
        case 19: (.lookahead, nil, nil, nil)
        case 28: (.slidingWindow, nil, nil, nil)
        default: nil
        }
    }

    /// The field of the name that lies at a place of a reader's bytes.
    init?(_ reader: borrowing MessagePackReader, _ name: Range<Int>) {
        guard let (first, second, third, fourth) = EventField.candidates(name.count) else { return nil }
        if reader.isText(first.name, name) {
            self = first
        } else if let second, reader.isText(second.name, name) {
            self = second
        } else if let third, reader.isText(third.name, name) {
            self = third
        } else if let fourth, reader.isText(fourth.name, name) {
            self = fourth
        } else {
            return nil
        }
    }

    /// The field at a place of the array form, the first after the kind being 0; nil behind the last known one.
    init?(at index: Int, of kind: EventKind) {
        switch kind {
        case .stored:
            guard index < EventField.slidingWindow.rawValue else { return nil }
            self.init(rawValue: index + 1)
        case .removed:
            switch index {
            case 0: self = .blockHashes
            case 1: self = .medium
            case 2: self = .group
            default: return nil
            }
        case .cleared: return nil
        }
    }
}

/// The kinds of events there are.
enum EventKind {
    case stored, removed, cleared

    init?(_ reader: borrowing MessagePackReader, _ name: Range<Int>) {
        if reader.isText("BlockStored", name) {
            self = .stored
        } else if reader.isText("BlockRemoved", name) {
            self = .removed
        } else if reader.isText("AllBlocksCleared", name) {
            self = .cleared
        } else {
            return nil
        }
    }
}
