import TestKit
import Testing
import Tokens

struct PrefixCacheTests {
    /// Texts that grow, branch and start anew, made of recorded ones.
    private func texts(of family: Family, seed: UInt64, count: Int) throws -> [[UInt8]] {
        let parts = try family.cases.map(\.text)
        var random = SeededRandom(seed: seed)
        var texts: [[UInt8]] = [[]]
        for _ in 0..<count {
            var text = random.chance(10) ? [] : texts[random.below(texts.count)]
            if random.chance(30) { text = prefix(of: text, random.below(text.count + 1)) }
            for _ in 0..<1 + random.below(20) { text += parts[random.below(parts.count)] }
            texts.append(text.count > 16_000 ? prefix(of: text, 4_000) : text)
        }
        return texts
    }

    /// The first `count` bytes, less a scalar that is cut.
    private func prefix(of text: [UInt8], _ count: Int) -> [UInt8] {
        var count = count
        while count > 0, count < text.count, text[count] & 0xC0 == 0x80 { count -= 1 }
        return Array(text[..<count])
    }

    @Test(arguments: Family.all) func `gives what encoding the whole text gives`(_ family: Family) throws {
        let seed: UInt64 = 11
        let tokenizer = try family.tokenizer
        var whole = TokenEncoder(tokenizer)
        var encoder = TokenEncoder(tokenizer)
        var cache = TokenPrefixCache(bytesMax: 2_000_000)
        for (number, text) in try texts(of: family, seed: seed, count: 80).enumerated() {
            var ids: [UInt32] = []
            try cache.encode(text, with: &encoder, framed: number % 2 == 0, into: &ids)
            var expected: [UInt32] = []
            try whole.encode(text, framed: number % 2 == 0, into: &expected)
            #expect(ids == expected, "text \(number), seed \(seed)")
        }
        if ["gpt2", "llama3", "qwen2", "deepseek", "o200k"].contains(family.name) {
            #expect(cache.bytesReused > cache.bytesEncoded / 2)
        }
    }

    @Test func `a chat of many turns encodes a tenth of its bytes`() throws {
        var encoder = TokenEncoder(try Family(name: "llama3").tokenizer)
        var cache = TokenPrefixCache(bytesMax: 16_000_000)
        var text: [UInt8] = []
        for turn in 0..<30 {
            let words = (0..<300).map { "word\(turn * 7 + $0) of turn" }.joined(separator: " ")
            text += Array("<|im_start|>user\n\(words)<|im_end|>\n".utf8)
            var ids: [UInt32] = []
            try cache.encode(text, with: &encoder, framed: true, into: &ids)
        }
        #expect(cache.bytesReused > 9 * cache.bytesEncoded)
    }

    @Test func `memory stays below its limit`() throws {
        var encoder = TokenEncoder(try Family(name: "gpt2").tokenizer)
        var cache = TokenPrefixCache(bytesMax: 200_000)
        for number in 0..<200 {
            var ids: [UInt32] = []
            let text = Array(String(repeating: "text number \(number) goes on and on. ", count: 200).utf8)
            try cache.encode(text, with: &encoder, framed: false, into: &ids)
            #expect(cache.bytes <= 200_000)
        }
        #expect(cache.bytes > 50_000)
    }
}
