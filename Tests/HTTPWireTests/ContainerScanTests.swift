import HTTPWire
import TestKit
import Testing

/// Containers are followed 64 bytes at a time; here each kind of text stands at each place of such a block.
@Suite struct ContainerScanTests {
    private static let pieces = [
        #"""#, #"\""#, #"\\"#, #"\\\""#, "{", "}", "[", "]", ",", "a", #"\n"#, " ", "é", "words and words and more",
    ]

    private static func string(_ random: inout SeededRandom) -> String {
        let inside = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
            let piece = pieces[Int.random(in: 1..<pieces.count, using: &random)]
            return String(repeating: piece, count: Int.random(in: 1...9, using: &random))
        }
        return "\"\(inside.joined())\""
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> String {
        let count = Int.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 5 : 3), using: &random) {
        case 0: return "\(count)"
        case 1, 2: return string(&random)
        case 3: return "[" + (0..<count).map { _ in value(&random, depth: depth - 1) }.joined(separator: " ,") + "]"
        default:
            let members = (0..<count).map { _ in "\(string(&random)):\(value(&random, depth: depth - 1))" }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    @Test func `the end of a container is found whatever it holds`() throws {
        var random = SeededRandom(seed: 64)
        for _ in 0..<5_000 {
            let inside = (0..<3).map { _ in Self.value(&random, depth: 4) }.joined(separator: ",")
            let value = "[\(inside)]"
            let text = #"{"messages":\#(value),"model":"m"}"#
            let bytes = Array(text.utf8)
            let members = try JSONMembers.scan(bytes.span)
            let messages = try #require(members[.messages])
            #expect(messages.value == 12..<12 + value.utf8.count, "\(text)")
            #expect(members.string(.model, in: bytes.span) == "m", "\(text)")
        }
    }

    @Test func `a container that is cut off anywhere has a fault`() {
        var random = SeededRandom(seed: 65)
        for _ in 0..<200 {
            let bytes = Array(#"{"messages":[\#(Self.value(&random, depth: 3))]}"#.utf8)
            for end in 0..<bytes.count {
                #expect(throws: JSONFault.self) { _ = try JSONMembers.scan(bytes.span.extracting(0..<end)) }
            }
        }
    }

    @Test(arguments: [0, 1, 51, 52, 63, 64, 65, 200])
    func `faults say where they are`(_ padding: Int) {
        let blanks = String(repeating: " ", count: padding)
        func expect(_ text: String, _ reason: JSONFault.Reason, at offset: Int) {
            let bytes = Array(text.utf8)
            do {
                _ = try JSONMembers.scan(bytes.span)
                Issue.record("\(text) has no fault")
            } catch {
                #expect(error.reason == reason && error.offset == offset, "\(text): \(error)")
            }
        }
        expect(#"{"a":[\#(blanks)}]}"#, .mismatchedBracket, at: 6 + padding)
        expect(#"{"a":[\#(blanks)"x]}"#, .unterminatedString, at: 6 + padding)
        expect(#"{"a":[\#(blanks){}"#, .unterminated, at: 8 + padding)
        let deep = String(repeating: "[", count: 128)
        expect(#"{"a":\#(blanks)\#(deep)"#, .tooDeep, at: 5 + padding + 127)
    }
}
