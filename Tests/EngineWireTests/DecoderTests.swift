import EngineWire
import Testing

/// What the decoder makes of fields and events of other engines and other times.
struct DecoderTests {
    /// A batch with every field there is.
    static var rich: KVEventBatch {
        var stored = BlocksStored(
            blockHashes: [.integer(.max), .integer(7), .bytes([UInt8](0..<32)), .bytes([1, 2])], parent: .integer(3),
            tokenIDs: [0, 127, 128, 255, 256, 65_535, 65_536, .max], blockSize: 2)
        stored.adapterNumber = 1
        stored.medium = "CPU_PINNED"
        stored.adapterName = "lora-a"
        stored.extraKeys = [nil, [.string("lora-a"), .array([.string("image"), .integer(-4)])], nil, [.binary([9])]]
        stored.group = 2
        stored.specKind = "sliding_window_mla"
        stored.slidingWindow = 1024
        stored.locality = "LOCAL"
        stored.ownership = "tier-2"
        stored.sessionID = "s"
        stored.lookaheadTokenIDs = [[1], [], [70_000], [2]]
        stored.salt = "tenant"
        var removed = BlocksRemoved(blockHashes: [.bytes([UInt8](0..<16))], medium: "DISK", group: 1)
        removed.locality = "REMOTE"
        removed.ownership = "tier-2"
        return KVEventBatch(time: 1.5, events: [.stored(stored), .removed(removed), .cleared], rank: 3)
    }

    @Test func `every field survives the map form, and those of its time the array form`() throws {
        #expect(try KVEventBatch.decode(Self.rich.encode(.map)) == Self.rich)
        var old = Self.rich
        old.events = old.events.map { event in
            switch event {
            case .stored(var stored):
                (stored.locality, stored.ownership, stored.sessionID) = (nil, nil, nil)
                (stored.lookaheadTokenIDs, stored.salt) = (nil, nil)
                return .stored(stored)
            case .removed(var removed):
                (removed.locality, removed.ownership) = (nil, nil)
                return .removed(removed)
            case .cleared: return .cleared
            }
        }
        #expect(try KVEventBatch.decode(Self.rich.encode(.array)) == old)
    }

    private static func map(_ members: [(String, MessagePack)]) -> MessagePack {
        .map(members.map { MessagePackMember(key: .string($0.0), value: $0.1) })
    }

    private static func stored(_ members: [(String, MessagePack)]) -> MessagePack {
        map(
            [
                ("type", .string("BlockStored")), ("block_hashes", .array([.integer(-2)])),
                ("parent_block_hash", .null), ("token_ids", .array([.integer(5), .integer(6)])),
                ("block_size", .integer(2)),
            ].filter { old in !members.contains { $0.0 == old.0 } } + members)
    }

    private static func decode(_ events: [MessagePack]) throws(MessagePackError) -> KVEventBatch {
        try KVEventBatch.decode(MessagePack.array([.double(1), .array(events), .integer(0)]).bytes)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var event: MessagePack
        /// Counts of the batch: events read, of unknown kind, unreadable, odd fields.
        var counts: [Int]
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "as it should be", event: stored([]), counts: [1, 0, 0, 0]),
        Row(name: "a field of later times", event: stored([("novel", .map([]))]), counts: [1, 0, 0, 1]),
        Row(
            name: "a name that is no text",
            event: .map([
                MessagePackMember(key: .integer(1), value: .array([.null])),
                MessagePackMember(key: .string("type"), value: .string("AllBlocksCleared")),
            ]), counts: [1, 0, 0, 1]),
        Row(name: "a session that is a number", event: stored([("session_id", .integer(4))]), counts: [1, 0, 0, 1]),
        Row(name: "a typed adapter number", event: stored([("lora_id", .string("x"))]), counts: [0, 0, 1, 0]),
        Row(name: "tokens that are text", event: stored([("token_ids", .string("x"))]), counts: [0, 0, 1, 0]),
        Row(name: "a negative token", event: stored([("token_ids", .array([.integer(-1)]))]), counts: [0, 0, 1, 0]),
        Row(name: "no hashes", event: stored([("block_hashes", .null)]), counts: [0, 0, 1, 0]),
        Row(name: "a key alone", event: stored([("extra_keys", .array([.string("s")]))]), counts: [1, 0, 0, 0]),
        Row(name: "keys that are no list", event: stored([("extra_keys", .string("s"))]), counts: [0, 0, 1, 0]),
        Row(name: "a kind of later times", event: map([("type", .string("BlockMoved"))]), counts: [0, 1, 0, 0]),
        Row(name: "a kind that is a number", event: map([("type", .integer(1))]), counts: [0, 1, 0, 0]),
        Row(name: "no event", event: .null, counts: [0, 1, 0, 0]),
        Row(name: "an empty list", event: .array([]), counts: [0, 1, 0, 0]),
        Row(
            name: "a list of later times", event: .array([.string("BlockMoved"), .integer(1)]), counts: [0, 1, 0, 0]),
        Row(
            name: "a longer list than known",
            event: .array([.string("BlockRemoved"), .array([.integer(1)]), .null, .null, .string("LOCAL")]),
            counts: [1, 0, 0, 1]),
    ]

    @Test(arguments: rows) func `what is odd costs itself and no more`(row: Row) throws {
        let neighbour = Self.map([("type", .string("BlockRemoved")), ("block_hashes", .array([.integer(9)]))])
        let batch = try Self.decode([row.event, neighbour])
        #expect(batch.events.last == .removed(BlocksRemoved(blockHashes: [.integer(9)])))
        #expect(
            [batch.events.count - 1, batch.unknownCount, batch.unreadableCount, batch.oddFieldCount] == row.counts)
    }

    @Test(
        arguments: [
            [("type", .string("BlockRemoved"))],
            [("type", .string("BlockRemoved")), ("block_hashes", .integer(1))],
            [("type", .string("BlockRemoved")), ("block_hashes", .array([.integer(1)])), ("medium", .integer(1))],
        ] as [[(String, MessagePack)]])
    func `a removal that cannot be understood refuses the batch`(members: [(String, MessagePack)]) {
        #expect(throws: MessagePackError.self) { try Self.decode([Self.map(members)]) }
    }

    @Test func `engines with a drafter name pairs of tokens`() throws {
        let pairs = MessagePack.array([.array([.integer(5), .integer(6)]), .array([.integer(6), .integer(900)])])
        let batch = try Self.decode([Self.stored([("token_ids", pairs), ("cache_salt", .string("t"))])])
        guard case .stored(let run)? = batch.events.first else { throw MessagePackError("no run", at: 0) }
        #expect(run.tokenIDs == [5, 6])
        #expect(run.salt == "t")
        #expect(run.blockHashes == [.integer(.max - 1)])
    }

    @Test func `a digest is kept whole and named by its end`() {
        let digest = [UInt8](1...32)
        #expect(EngineBlockHash.bytes(digest).digest == digest)
        #expect(EngineBlockHash.bytes(digest).low64 == 0x191A_1B1C_1D1E_1F20)
        #expect(EngineBlockHash.bytes([0] + digest) == .bytes(digest))
        #expect(EngineBlockHash.bytes([5]) != .integer(5))
        #expect(EngineBlockHash.bytes([0, 5]) != .bytes([5]))
        #expect(EngineBlockHash.integer(5).digest == nil)
    }

    @Test func `more events or blocks than a step can have are refused`() {
        for count in [KVEventBatch.eventsMax, KVEventBatch.eventsMax + 1] {
            let payload = MessagePack.array([.double(1), .array([MessagePack](repeating: .null, count: count))]).bytes
            #expect((try? KVEventBatch.decode(payload)) == nil ? count > KVEventBatch.eventsMax : true)
        }
    }
}
