/// The events of one batch as they are applied: two lists, of blocks' names and of tokens, and a row an event that says
/// which parts of them are its own.
///
/// It is filled again and again, so that reading a batch allocates nothing. Events out of the ordinary (adapters,
/// images, other tiers, unknown fields) are read in full and stand beside the rows.
package struct KVEventRows: Sendable {
    /// Room for more tokens than this is given back after a batch.
    static let tokensKeptMax = 1 << 20

    /// What a row is about.
    package enum Kind: UInt8, Sendable {
        case stored, removed, cleared
        /// Read in full: `others` has it at the place `firstName`.
        case other
    }

    /// One event: of a stored run on the device, of prefixes, without keys beside its tokens; or of removed blocks.
    package struct Row: Sendable {
        package var kind: Kind
        package var hasParent = false
        /// KV-cache group; -1 where none is told.
        package var group: Int32 = -1
        package var firstName: UInt32 = 0
        package var nameCount: UInt32 = 0
        package var firstToken: UInt32 = 0
        package var tokenCount: UInt32 = 0
        package var blockSize: UInt32 = 0
        /// The name of the block before the first, where there is one.
        package var parent: UInt64 = 0
    }

    /// Seconds since 1970 on the engine's clock.
    package var time = 0.0
    package var rows: [Row] = []
    /// The last 64 bits of blocks' hashes.
    package var names: [UInt64] = []
    /// Tokens, as many as `tokenCount`; what is behind them is of earlier batches.
    package var tokens: [UInt32] = []
    var tokenCount = 0
    package var others: [EngineEvent] = []
    /// What was passed over; see `KVEventBatch`.
    package var unknownCount = 0
    package var unreadableCount = 0
    package var oddFieldCount = 0

    package init() {}

    /// The events of a batch that was read in full.
    package init(_ batch: KVEventBatch) {
        time = batch.time
        (unknownCount, unreadableCount) = (batch.unknownCount, batch.unreadableCount)
        oddFieldCount = batch.oddFieldCount
        for event in batch.events { append(event) }
    }

    private mutating func append(_ event: EngineEvent) {
        if case .cleared = event { return rows.append(Row(kind: .cleared)) }
        rows.append(Row(kind: .other, firstName: UInt32(others.count)))
        others.append(event)
    }

    /// A stored run as a value of its own.
    package func run(_ row: Row) -> BlocksStored {
        let (name, token) = (Int(row.firstName), Int(row.firstToken))
        var run = BlocksStored(
            blockHashes: names[name..<name + Int(row.nameCount)].map { .integer($0) },
            parent: row.hasParent ? .integer(row.parent) : nil,
            tokenIDs: Array(tokens[token..<token + Int(row.tokenCount)]), blockSize: Int(row.blockSize))
        run.group = row.group < 0 ? nil : Int(row.group)
        return run
    }

    /// Reads a batch in place of the one before; the same batches are refused as by `KVEventBatch.decode`.
    package mutating func read(_ payload: [UInt8]) throws(MessagePackError) {
        forget()
        var reader = MessagePackReader(payload)
        let head = try KVEventBatch.readHead(&reader)
        time = head.time
        // An event names its kind, so it has at least twelve bytes; what is no event has fewer.
        rows.reserveCapacity(min(head.eventCount, reader.bytesLeft / 12 + 1))
        var rest = KVEventBatch(time: 0, events: [], rank: nil)
        for _ in 0..<head.eventCount {
            let start = reader.position
            if let end = readPlain(payload, from: start) {
                reader.move(to: end)
            } else {
                try rest.readEvent(&reader)
                for event in rest.events { append(event) }
                rest.events.removeAll(keepingCapacity: true)
            }
        }
        try rest.readTail(&reader, parts: head.parts)
        (unknownCount, unreadableCount) = (rest.unknownCount, rest.unreadableCount)
        oddFieldCount = rest.oddFieldCount
    }

    private mutating func forget() {
        rows.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        others = []
        tokenCount = 0
        if tokens.count > KVEventRows.tokensKeptMax { tokens = [] }
    }

    /// Whether some event says that everything is gone.
    package var clears: Bool { rows.contains { $0.kind == .cleared } }

    /// Whether the batch says nothing that could be used.
    package var isEmpty: Bool { rows.isEmpty }
}
