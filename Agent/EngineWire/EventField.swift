/// The members of an event, in the order of the array form up to `slidingWindow`; what came later has a name only.
enum EventField: Int, CaseIterable {
    case kind, blockHashes, parent, tokens, blockSize, adapterNumber, medium, adapterName, extraKeys, group, specKind
    case slidingWindow, locality, ownership, sessionID, lookahead, salt

    /// The names on the wire, by raw value.
    private static let names: [[UInt8]] = allCases.map { Array($0.name.utf8) }
    private static let storedOrder: [EventField] = (1...slidingWindow.rawValue).compactMap { EventField(rawValue: $0) }
    private static let removedOrder: [EventField] = [.blockHashes, .medium, .group]

    private var name: String {
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

    /// The field of a name; tries first the one after `previous`, for engines write them in their order.
    init?(named name: ArraySlice<UInt8>, after previous: Int) {
        for step in 1...EventField.names.count {
            let index = (previous + step) % EventField.names.count
            let candidate = EventField.names[index]
            guard candidate.count == name.count, candidate.elementsEqual(name) else { continue }
            self.init(rawValue: index)
            return
        }
        return nil
    }

    /// The field at a place of the array form, the first after the kind being 0; nil behind the last known one.
    init?(at index: Int, of kind: EventKind) {
        let order =
            switch kind {
            case .stored: EventField.storedOrder
            case .removed: EventField.removedOrder
            case .cleared: [] as [EventField]
            }
        guard index < order.count else { return nil }
        self = order[index]
    }
}

/// The kinds of events there are.
enum EventKind {
    case stored, removed, cleared

    private static let storedName = Array("BlockStored".utf8)
    private static let removedName = Array("BlockRemoved".utf8)
    private static let clearedName = Array("AllBlocksCleared".utf8)

    init?(named name: ArraySlice<UInt8>) {
        if name.elementsEqual(EventKind.storedName) {
            self = .stored
        } else if name.elementsEqual(EventKind.removedName) {
            self = .removed
        } else if name.elementsEqual(EventKind.clearedName) {
            self = .cleared
        } else {
            return nil
        }
    }
}
