import Routing
import Testing

struct PatternTests {
    struct Row: Sendable {
        var pattern: String
        var matches: [String]
        var refuses: [String]

        init(_ pattern: String, _ matches: [String], not refuses: [String]) {
            self.pattern = pattern
            self.matches = matches
            self.refuses = refuses
        }
    }

    static let rows = [
        Row("", ["", "a"], not: []),
        Row("b", ["b", "abc"], not: ["", "ac"]),
        Row("^ab$", ["ab"], not: ["xab", "abx", "ab\n"]),
        Row("a|bc|", ["", "zzz"], not: []),
        Row("^(a|bc)+$", ["a", "bca", "aabc"], not: ["", "b", "ac"]),
        Row("^a{2,3}$", ["aa", "aaa"], not: ["a", "aaaa"]),
        Row("^a{2}b?c*d+$", ["aad", "aabccdd"], not: ["aab", "ad"]),
        Row("^a{,3}$", ["a{,3}"], not: ["aa"]),
        Row("^[a-c_\\d-]+$", ["a-1_c"], not: ["d", ""]),
        Row("^[^a-c]$", ["d", "é"], not: ["a", ""]),
        Row("^[[:alpha:]]+[[:^digit:]]$", ["ab!", "abc"], not: ["a1", "1a"]),
        Row("^\\w+@\\w+\\.com$", ["me@x.com"], not: ["me@xcom", "@x.com"]),
        Row("(?i)^PREMIUM$", ["premium", "PreMium"], not: ["premiu"]),
        Row("^(?i:a)b$", ["ab", "Ab"], not: ["aB"]),
        Row("a.c", ["abc"], not: ["a\nc", "ac"]),
        Row("(?s)a.c", ["a\nc"], not: ["ac"]),
        Row("(?m)^b$", ["a\nb\nc"], not: ["ab"]),
        Row("\\bcat\\b", ["a cat.", "cat"], not: ["concat"]),
        Row("^\\Q.*\\E$", [".*"], not: ["ab"]),
        Row("^\\x41\\x{1F600}$", ["A😀"], not: ["a😀"]),
        Row("(?P<name>x)(?:y)", ["xy"], not: ["x"]),
        Row("^v[0-9]+?$", ["v12"], not: ["v"]),
        Row("[]a]", ["]", "a"], not: ["b"]),
    ]

    @Test(arguments: rows)
    func `matches as RE2 does`(row: Row) throws {
        let pattern = try Pattern(row.pattern)
        for text in row.matches { #expect(pattern.isFound(in: text), "\(row.pattern) in \(text)") }
        for text in row.refuses { #expect(!pattern.isFound(in: text), "\(row.pattern) in \(text)") }
    }

    @Test(arguments: [
        "(", ")", "[", "a**b(", "*", "a{2000}", "a{3,2}", "\\", "\\p{L}", "(?x)a", "[b-a]", "[[:no:]]", "(?P=n)",
    ])
    func `refuses what it cannot run`(text: String) {
        #expect(throws: PatternError.self) { try Pattern(text) }
    }

    @Test func `takes time linear in the text for patterns that stall others`() throws {
        let pattern = try Pattern("^(a+)+(a*)*$")
        let text = String(repeating: "a", count: 20_000) + "!"
        let start = ContinuousClock.now
        #expect(!pattern.isFound(in: text))
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(throws: PatternError.self) { try Pattern("((a{100}){100}){100}") }
    }
}
