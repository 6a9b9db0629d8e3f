import EngineWire
import Testing

struct MessagePackTests {
    struct Row: Sendable {
        var value: MessagePack
        var bytes: [UInt8]
    }

    static let rows = [
        Row(value: .null, bytes: [0xC0]),
        Row(value: .bool(true), bytes: [0xC3]),
        Row(value: .integer(0), bytes: [0x00]),
        Row(value: .integer(127), bytes: [0x7F]),
        Row(value: .integer(128), bytes: [0xCC, 0x80]),
        Row(value: .integer(255), bytes: [0xCC, 0xFF]),
        Row(value: .integer(256), bytes: [0xCD, 1, 0]),
        Row(value: .integer(65_535), bytes: [0xCD, 0xFF, 0xFF]),
        Row(value: .integer(65_536), bytes: [0xCE, 0, 1, 0, 0]),
        Row(value: .integer(1 << 32), bytes: [0xCF, 0, 0, 0, 1, 0, 0, 0, 0]),
        Row(value: .unsigned(.max), bytes: [0xCF] + [UInt8](repeating: 0xFF, count: 8)),
        Row(value: .integer(-1), bytes: [0xFF]),
        Row(value: .integer(-32), bytes: [0xE0]),
        Row(value: .integer(-33), bytes: [0xD0, 0xDF]),
        Row(value: .integer(-129), bytes: [0xD1, 0xFF, 0x7F]),
        Row(value: .integer(-32_769), bytes: [0xD2, 0xFF, 0xFF, 0x7F, 0xFF]),
        Row(value: .integer(.min), bytes: [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        Row(value: .double(1.5), bytes: [0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]),
        Row(value: .string("hé"), bytes: [0xA3, 0x68, 0xC3, 0xA9]),
        Row(value: .binary([1, 2]), bytes: [0xC4, 2, 1, 2]),
        Row(value: .array([.integer(1), .null]), bytes: [0x92, 1, 0xC0]),
        Row(value: .map([MessagePackMember(key: .string("a"), value: .integer(1))]), bytes: [0x81, 0xA1, 0x61, 1]),
        Row(value: .custom(5, [9]), bytes: [0xD4, 5, 9]),
    ]

    @Test(arguments: rows)
    func `reads and writes each form`(row: Row) throws {
        #expect(row.value.bytes == row.bytes)
        #expect(try MessagePack.parse(row.bytes) == row.value)
    }

    @Test(arguments: [31, 32, 255, 256, 65_535, 65_536])
    func `keeps lengths around each change of form`(count: Int) throws {
        let string = MessagePack.string(String(repeating: "x", count: count))
        let binary = MessagePack.binary([UInt8](repeating: 7, count: count))
        let array = MessagePack.array([MessagePack](repeating: .integer(3), count: count))
        for value in [string, binary, array] { #expect(try MessagePack.parse(value.bytes) == value) }
    }

    @Test(
        arguments: [
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0], [0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0], [0xC1], [], [0xCD, 1], [0xA2, 0x61],
            [0xA1, 0xFF], [0x01, 0x02], [0xD9, 1], [0xDA, 0, 1], [0xC4, 1], [0xDC, 0, 1], [0xDE, 0, 1, 0xC0],
        ] as [[UInt8]])
    func `refuses what is cut short, too long or no value`(bytes: [UInt8]) {
        #expect(throws: MessagePackError.self) { try MessagePack.parse(bytes) }
        #expect(throws: MessagePackError.self) { try KVEventBatch.decode(bytes) }
    }

    @Test func `refuses nesting deeper than the limit`() throws {
        let limit = MessagePackReader.depthMax
        let fits = [UInt8](repeating: 0x91, count: limit) + [0xC0]
        #expect(try MessagePack.parse(fits) != .null)
        #expect(throws: MessagePackError.self) { try MessagePack.parse([0x91] + fits) }
    }

    @Test func `never traps on noise`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        let sample = try Recording.messages("kv-events-0.32.0.bin")[0][2]
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bytes = Array(sample.prefix(Int(state >> 33) % sample.count))
            let position = Int(state >> 20) % max(1, bytes.count)
            if !bytes.isEmpty { bytes[position] = UInt8(truncatingIfNeeded: state >> 12) }
            _ = try? MessagePack.parse(bytes)
            if let batch = try? KVEventBatch.decode(bytes) {
                #expect(batch.encode(.map).count > 0, "seed \(seed)")
            }
        }
    }

    @Test func `passes over unknown fields and events`() throws {
        let event = MessagePack.map([
            MessagePackMember(key: .string("novel"), value: .array([.integer(1)])),
            MessagePackMember(key: .string("block_hashes"), value: .array([.integer(-2)])),
            MessagePackMember(key: .string("type"), value: .string("BlockRemoved")),
        ])
        let other = MessagePack.map([MessagePackMember(key: .string("type"), value: .string("BlockMoved"))])
        let payload = MessagePack.array([.double(1), .array([event, other]), .null, .string("more")])
        let batch = try KVEventBatch.decode(payload.bytes)
        #expect(batch.events == [.removed(BlocksRemoved(blockHashes: [.integer(.max - 1)]))])
        #expect(batch.unknownCount == 1)
        #expect(batch.rank == nil)
    }
}
