import HTTPWire
import TestKit
import Testing

struct PromptLengthTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var body: String
        var tokens: Int?

        init(_ body: String, _ tokens: Int?) {
            self.body = body
            self.tokens = tokens
        }

        var testDescription: String { body }
    }

    static let rows = [
        // Thirty-nine characters: <|im_start|>user, a line end, hello world<|im_end|>, a line end.
        Row(#"{"model":"m","messages":[{"role":"user","content":"hello world"}]}"#, 10),
        Row(#"{ "messages" : [ { "content" : "hello world" , "role" : "user" } ] , "model":"m"}"#, 10),
        Row(
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"hello "},"#
                + #"{"type":"text","text":"world"}]}]}"#,
            10),
        Row(
            #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:aaaaaaaaaaaa"}}]}]}"#,
            7),
        Row(#"{"messages":[{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f"}}]}]}"#, 9),
        Row(#"{"messages":[{"role":"a","content":"b"},{"role":"a","content":"b"}]}"#, 13),
        Row(#"{"system":"s","messages":[{"role":"user","content":"hello world"}]}"#, 18),
        Row(#"{"messages":[]}"#, 0),
        Row(#"{"system":[{"type":"text","text":"s","cache_control":{}}],"messages":[]}"#, 8),
        Row(#"{"prompt":""}"#, 0), Row(#"{"prompt":"a"}"#, 1), Row(#"{"prompt":"abcd"}"#, 1),
        Row(#"{"prompt":"abcde"}"#, 2), Row(#"{"prompt":["abcd","efgh"]}"#, 2), Row(#"{"prompt":[1,22,333]}"#, 3),
        Row(#"{"prompt":[[1,2],[3]]}"#, 3),
        Row(#"{"input":"abcd","instructions":"efgh"}"#, 2),
        Row(#"{"input":[{"role":"user","content":[{"type":"input_text","text":"hello world"}]}]}"#, 10),
        // One character each: an escape, a two-byte letter, an emoji as bytes, as a pair of escapes.
        Row(#"{"prompt":"\n\té😀\ud83d\ude00"}"#, 2), Row(#"{"prompt":"\"\\\/\u0041"}"#, 1),
        Row(#"{"prompt":"\udc00\udc00\udc00\udc00\udc00"}"#, 2), Row(#"{"prompt":"日本語日本語日本語"}"#, 3),
        // A name may be written with escapes, and no member hides another.
        Row(#"{"pr\u006fmpt":"abcd","messages":[{"r\u006fle":"user","content":"hello world"}]}"#, 11),
        Row(#"{"prompt":"abcd","prompt":"abcd"}"#, 2),
        Row(#"{"documents":["a"],"query":"b"}"#, nil), Row("{}", nil), Row(#"{"prompts":"a"}"#, nil),
    ]

    @Test(arguments: rows) func `estimates a prompt's tokens`(row: Row) throws {
        let bytes = Array(row.body.utf8)
        #expect(try PromptLength.tokens(of: bytes.span, JSONMembers.scan(bytes.span)) == row.tokens)
    }

    @Test func `counts characters as the standard library does`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "a", "é", "日", "😀", #"\n"#, #"\""#, #"\\"#, #"\u00e9"#, #"\ud83d\ude00"#, "plain text ", "\u{7F}",
        ]
        let lengths = [1, 1, 1, 1, 1, 1, 1, 1, 1, 11, 1]
        for _ in 0..<2_000 {
            let choice = (0..<Int(random.next() % 40)).map { _ in Int(random.next() % UInt64(pieces.count)) }
            let count = choice.reduce(0) { $0 + lengths[$1] }
            let body = Array((#"{"prompt":""# + choice.map { pieces[$0] }.joined() + #""}"#).utf8)
            #expect(
                try PromptLength.tokens(of: body.span, JSONMembers.scan(body.span)) == (count + 3) / 4, "seed \(seed)")
        }
    }

    @Test func `any bytes are survived`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let alphabet = Array(#"{}[]",:\u0 ampts1"#.utf8) + [0xF0, 0x80]
        var walked = 0
        for _ in 0..<100_000 {
            let body =
                Array(#"{"prompt":["#.utf8)
                + (0..<Int(random.next() % 12)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
                + Array("]}".utf8)
            guard let members = try? JSONMembers.scan(body.span) else { continue }
            walked += 1
            _ = PromptLength.tokens(of: body.span, members)
            _ = PromptText.beginning(of: body.span, members, bytesMax: 9)
            _ = ChatMessages.array(of: body.span, members)
        }
        #expect(walked > 1_000, "seed \(seed)")
    }
}
