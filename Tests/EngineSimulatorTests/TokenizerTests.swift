import EngineSimulator
import Testing

struct TokenizerTests {
    @Test(arguments: [
        "", "Hello, world", "  two  spaces\nand\ttabs", "Übergröße 東京 🐦",
        "The quick brown fox; xyzzy Xyzzy XYZZY qq q.",
        "https://example.org/a?b=c&d=%20", "camelCaseWords and snake_case 1234567890",
    ])
    func `gives every text back`(text: String) {
        #expect(Tokenizer.standard.decode(Tokenizer.standard.encode(text)) == text)
    }

    @Test func `gives noise back`() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        for _ in 0..<2_000 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<20).map { _ in
                        state = state &* 6_364_136_223_846_793_005 &+ 1
                        return Unicode.Scalar(UInt8(truncatingIfNeeded: (state >> 40) % 95 + 32))
                    }))
            #expect(Tokenizer.standard.decode(Tokenizer.standard.encode(text)) == text, "seed \(seed)")
        }
    }

    @Test func `keeps the blocks of a conversation that goes on`() {
        let first = [ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "Why?")]
        let turn = ChatTemplate.ids(first)
        let answer = (0..<50).map { Answer(prompt: turn, seed: 0).id(at: $0) }
        let text = Tokenizer.standard.decode(answer)
        let next = ChatTemplate.ids(
            first + [ChatMessage(role: "assistant", content: text), ChatMessage(role: "user", content: "And?")])
        #expect(next.starts(with: turn + answer))
    }

    @Test func `answers a prompt the same way wherever it is asked`() {
        let prompt = Tokenizer.standard.encode("Which node is slow?")
        let answers = (0..<2).map { _ in (0..<30).map { Answer(prompt: prompt, seed: 7).id(at: $0) } }
        #expect(answers[0] == answers[1])
        #expect(answers[0] != (0..<30).map { Answer(prompt: prompt, seed: 8).id(at: $0) })
    }
}
