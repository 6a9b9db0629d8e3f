import Glibc
import Testing
import Tokens

/// Files that cannot be followed and texts that nobody means well with.
struct HostileTests {
    struct Row: Sendable {
        var file: String
        var reason: String
    }

    static func file(_ model: String = "", _ rest: String = "") -> String {
        #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]\#(model)}\#(rest)}"#
    }

    static let rows = [
        Row(file: "", reason: "not JSON"),
        Row(file: "{", reason: "not JSON"),
        Row(file: "{} x", reason: "not JSON"),
        Row(file: #"{"a":"\ud800"}"#, reason: "surrogate"),
        Row(file: String(repeating: "[", count: 100_000), reason: "deeper"),
        Row(file: "{}", reason: "no model"),
        Row(file: #"{"model":{"type":"Unigram"}}"#, reason: "'Unigram'"),
        Row(file: #"{"model":{"vocab":{"a":-1}}}"#, reason: "no id"),
        Row(file: #"{"model":{"vocab":{"a":0},"merges":["a b"]}}"#, reason: "merge 0"),
        Row(file: #"{"model":{"vocab":{"a":0},"merges":["ab"]}}"#, reason: "two tokens"),
        Row(file: file(#","dropout":0.1"#), reason: "dropout"),
        Row(file: file(#","continuing_subword_prefix":"x""#), reason: "continuing_subword_prefix"),
        Row(file: file(#","end_of_word_suffix":"x""#), reason: "end_of_word_suffix"),
        Row(file: file(#","unk_token":"x""#), reason: "unknown token"),
        Row(file: file(#","byte_fallback":true"#), reason: "single bytes"),
        Row(file: file("", #","normalizer":{"type":"NFKC"}"#), reason: "'NFKC'"),
        Row(file: file("", #","pre_tokenizer":{"type":"Whitespace"}"#), reason: "'Whitespace'"),
        Row(
            file: file("", #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"x+"},"behavior":"Isolated"}"#),
            reason: "pattern"),
        Row(file: file("", #","post_processor":{"type":"BertProcessing"}"#), reason: "'BertProcessing'"),
        Row(file: file("", #","added_tokens":[{"content":"<x>","id":7}]"#), reason: "id 7"),
    ]

    @Test(arguments: rows) func `a file that is not known is refused by name`(_ row: Row) {
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(file: Array(row.file.utf8)) }
        #expect(error?.description.contains(row.reason) == true, "\(error?.description ?? "")")
    }

    @Test func `no cut of a file traps`() throws {
        let file = try Family(name: "gpt2-space").file
        for end in stride(from: 0, to: file.count - 1, by: 97) {
            #expect(throws: TokenizerError.self) { try Tokenizer(file: Array(file[..<end])) }
        }
    }

    @Test func `text that is not UTF-8 is refused`() throws {
        var encoder = TokenEncoder(try Family(name: "llama3").tokenizer)
        let texts: [[UInt8]] = [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x61, 0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80],
        ]
        for text in texts {
            var ids: [UInt32] = []
            #expect(throws: TokenizerError.self) { try encoder.encode(text, framed: true, into: &ids) }
            #expect(ids.isEmpty)
        }
    }

    @Test(arguments: Family.all) func `an empty text has the frame alone`(_ family: Family) throws {
        var encoder = TokenEncoder(try family.tokenizer)
        #expect(encoder.encode("", framed: false).isEmpty)
        #expect(encoder.encode("", framed: true).count <= 2)
    }

    @Test(arguments: Family.all) func `a long run takes time in proportion`(_ family: Family) throws {
        var encoder = TokenEncoder(try family.tokenizer)
        for letter in ["a", " ", "é", "\n"] {
            var times: [Int] = []
            for count in [4_000, 32_000] {
                let text = String(repeating: letter, count: count)
                let start = Self.processorNanoseconds
                #expect(!encoder.encode(text, framed: false).isEmpty)
                times.append(Self.processorNanoseconds - start)
            }
            // Eight times the text: far from 64 times the work.
            #expect(times[1] < times[0] * 30 + 50_000_000, "\(letter.debugDescription): \(times)")
        }
    }

    /// What this thread took of a processor, whoever else is waiting for one.
    private static var processorNanoseconds: Int {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
