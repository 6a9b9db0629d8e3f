import JSONValues
import Testing

@Suite struct JSONParserTests {
    struct Row: Sendable {
        var text: String
        var value: JSONValue
    }

    static let rows = [
        Row(text: "null", value: .null),
        Row(text: " [1, -2.5, 1e3, true] ", value: [1, -2.5, 1000.0, true]),
        Row(text: #"{"a":{"b":[]},"c":"x"}"#, value: ["a": ["b": []], "c": "x"]),
        Row(text: #""\u00e9\n\ud83d\ude00\/""#, value: "é\n😀/"),
        Row(text: #""\ud800x""#, value: "\u{FFFD}x"),
        Row(text: #"{"é":1,"é":2}"#, value: ["é": 2]),
        Row(text: "9223372036854775807", value: .integer(.max)),
        Row(text: "18446744073709551615", value: .double(18_446_744_073_709_551_616)),
    ]

    @Test(arguments: rows) func `reads a value`(row: Row) throws {
        #expect(try JSONValue.parse(row.text) == row.value)
    }

    @Test(arguments: rows) func `writes what it reads back`(row: Row) throws {
        for style in [JSONStyle.compact, .canonical, .pretty] {
            #expect(try JSONValue.parse(row.value.bytes(style)) == row.value)
        }
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\" 1}", "01", "1.", "1e", "-", "tru", "\"a", "\"\u{01}\"", "\"\\x\"", "1 2", "{a:1}",
        "1e999", "{\"\u{E9}\":1,\"e\u{301}\":2}",
    ]) func `refuses what is not JSON`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    }

    @Test func `a string ends, escapes and is refused at any offset and beside any byte`() throws {
        for length in 0...20 {
            for byte in UInt8.min...UInt8.max {
                let before = Array(repeating: byte < 0x80 ? UInt8(ascii: "~") : 0xC3, count: byte < 0x80 ? length : 0)
                let plain = before + (byte < 0x80 ? [byte] : [0xC3, byte]) + Array(repeating: 0x61, count: 21 - length)
                let text = [UInt8(ascii: "\"")] + plain + Array("\\u00e9\\n\"".utf8)
                let isPlain = byte >= 0x20 && byte < 0xC0 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                let expected = String(decoding: plain, as: UTF8.self) + "é\n"
                #expect((try? JSONValue.parse(text)) == (isPlain ? .string(expected) : nil), "\(length) \(byte)")
            }
        }
        let marks = #""a\"b\\c\u00E9\u20aCdefghijklm\t\b\f\/no\r""#
        #expect(try JSONValue.parse(marks) == .string("a\"b\\cé€defghijklm\t\u{8}\u{C}/no\r"))
    }

    @Test func `says where the fault is`() {
        #expect(throws: JSONError(message: "a value is expected", offset: 9, line: 2, column: 8)) {
            try JSONValue.parse("{\n  \"a\": ?}")
        }
    }

    @Test func `bounds the depth`() throws {
        let deepest = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        _ = try JSONValue.parse(deepest)
        #expect(throws: JSONError.self) { try JSONValue.parse("[" + deepest + "]") }
    }

    @Test func `survives random texts`() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var state = seed
        let alphabet = Array("{}[]\",:\\u0123eE+-. tfn\u{7f}\u{80}".utf8)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state % 24) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if let value = try? JSONValue.parse(bytes) {
                #expect((try? JSONValue.parse(value.bytes())) == value, "seed \(seed)")
            }
        }
    }

    @Test func `objects are equal in any order of members`() {
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect((["a": 1, "b": 2] as JSONValue).hashValue == (["b": 2, "a": 1] as JSONValue).hashValue)
    }
}
