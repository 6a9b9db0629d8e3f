import Redis
import TestKit
import Testing

struct RESPTests {
    struct Row: Sendable {
        var text: String
        var value: RESPValue
    }

    static let rows = [
        Row(text: "+OK\r\n", value: .text(Array("OK".utf8))), Row(text: "-ERR no\r\n", value: .error("ERR no")),
        Row(text: ":-42\r\n", value: .integer(-42)), Row(text: "$0\r\n\r\n", value: .text([])),
        Row(text: "$4\r\na\r\nb\r\n", value: .text(Array("a\r\nb".utf8))), Row(text: "$-1\r\n", value: .null),
        Row(text: "*-1\r\n", value: .null), Row(text: "*0\r\n", value: .array([])),
        Row(text: "*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", value: .array([.integer(1), .array([.text([0x78])])])),
    ]

    @Test(arguments: rows) func `reads a reply, however it is cut`(row: Row) throws {
        let bytes = Array(row.text.utf8)
        for cut in bytes.indices {
            var position = 0
            let part = Array(bytes[..<cut])
            #expect(try RESPReader.next(in: part.span, from: &position) == nil)
            #expect(position == 0)
        }
        var position = 0
        let two = bytes + bytes
        #expect(try RESPReader.next(in: two.span, from: &position) == row.value)
        #expect(position == bytes.count)
        #expect(try RESPReader.next(in: two.span, from: &position) == row.value)
        #expect(position == two.count)
    }

    @Test(arguments: [
        "?\r\n", ":x\r\n", "$-2\r\n", "$1048577\r\n", "*65537\r\n", "$1\r\nabc", String(repeating: "*1\r\n", count: 9),
        "+" + String(repeating: "a", count: 5_000),
    ]) func `refuses what is no reply, and what is too large`(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: RESPFault.self) {
            var position = 0
            _ = try RESPReader.next(in: bytes.span, from: &position)
        }
    }

    @Test func `any bytes are survived`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let alphabet = Array("+-:$*0123\r\n\r\n\r\na".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(random.next() % 30)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            var position = 0
            while position < bytes.count,
                let reply = try? RESPReader.next(in: bytes.span, from: &position), reply != .error("never")
            {}
            #expect(position <= bytes.count, "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            ("redis", RedisAddress(host: "redis")),
            ("redis.ns.svc:7000", RedisAddress(host: "redis.ns.svc", port: 7_000)),
            ("[::1]:7000", RedisAddress(host: "::1", port: 7_000)), ("fd00::1", RedisAddress(host: "fd00::1")),
            ("", nil), (":1", nil), ("a:b", nil), ("a:0", nil), ("a:65536", nil), ("[::1", nil),
        ] as [(String, RedisAddress?)]) func `an address is read`(text: String, address: RedisAddress?)
    {
        #expect(RedisAddress(text) == address)
    }
}
