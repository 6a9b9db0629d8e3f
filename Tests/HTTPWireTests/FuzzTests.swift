import HTTPWire
import TestKit
import Testing

struct FuzzTests {
    static let seeds: [UInt64] = [1, 20_261_121, 77]

    /// Valid input with some bytes changed, removed or doubled.
    static func mutated(_ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = text
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(contentsOf: [0x0D, 0x0A], at: index)
            default: bytes.insert(bytes[index], at: index)
            }
        }
        return bytes
    }

    @Test(arguments: seeds)
    func `reads the same requests in one piece and in many, or refuses both`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let base = Array(
            ("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST /x HTTP/1.1\r\nHost: a\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").utf8)
        for round in 0..<2_000 {
            let text = Self.mutated(base, &random)
            let whole = Result { try read(text, pieces: text.count) }
            let pieces = Result { try read(text, pieces: Int.random(in: 1...40, using: &random)) }
            switch (whole, pieces) {
            case (.success(let first), .success(let second)):
                #expect(first == second, "seed \(seed) round \(round)")
            case (.failure, .failure): break
            default: Issue.record("seed \(seed) round \(round): refused only one way")
            }
        }
    }

    @Test(arguments: seeds)
    func `never trips over JSON, and what it splices scans again`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let base = Array(
            #"{"model":"m","messages":[{"role":"user","content":"a \"b\" {["}],"stream":true,"n":-1.5e3}"#
                .utf8)
        var taken = 0
        for round in 0..<3_000 {
            let text = Self.mutated(base, &random)
            guard let members = try? JSONMembers.scan(text.span) else { continue }
            taken += 1
            var edits = JSONEdits()
            for key in JSONMembers.Key.allCases {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: edits.remove(key)
                case 1: edits.set(key, Array("7".utf8))
                default: break
                }
            }
            let output = edits.apply(to: text.span, members)
            #expect(throws: Never.self, "seed \(seed) round \(round)") { _ = try JSONMembers.scan(output.span) }
        }
        #expect(taken > 100)
    }
}
