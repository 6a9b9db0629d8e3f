import TestKit
import Tokens

/// What the token prefix cache saves when chats of many turns come back with each turn's whole text, many of them in
/// turns.
enum ChatTurns {
    private static let chats = 24
    private static let turns = 40
    private static let cacheBytes = 32 << 20

    static func bar() throws -> Bar {
        let scene = try TokenScene.shared.get()
        var random = SeededRandom(seed: 9)
        var cache = TokenPrefixCache(bytesMax: cacheBytes)
        var kept = TokenEncoder(scene.tokenizer)
        var whole = TokenEncoder(scene.tokenizer)
        var texts = (0..<chats).map { _ in Array("<|im_start|>system\n".utf8) + part(scene, 4_000, &random) }
        var (keptSeconds, wholeSeconds) = (0.0, 0.0)
        for turn in 0..<turns {
            for chat in texts.indices {
                texts[chat] += "<|im_end|>\n<|im_start|>user\n".utf8
                texts[chat] += part(scene, 200 + random.below(1_200), &random)
                texts[chat] += "<|im_end|>\n<|im_start|>assistant\n".utf8
                var (ids, expected): ([UInt32], [UInt32]) = ([], [])
                let start = CoreTime.seconds
                try cache.encode(texts[chat], with: &kept, framed: false, into: &ids)
                let middle = CoreTime.seconds
                try whole.encode(texts[chat], framed: false, into: &expected)
                wholeSeconds += CoreTime.seconds - middle
                keptSeconds += middle - start
                guard ids == expected else { throw BenchmarkError("chat \(chat) has other tokens in turn \(turn)") }
                texts[chat] += part(scene, 200 + random.below(1_200), &random)
            }
        }
        let bytes = cache.bytesReused + cache.bytesEncoded
        return Bar(
            name: "bytes-of-chats-encoded-once-vs-each-turn", value: Double(bytes) / Double(cache.bytesEncoded),
            unit: "x", limit: .atLeast(10),
            detail:
                "\(chats) chats of \(turns) turns, \(bytes >> 10) KiB in all, \(cache.bytesEncoded >> 10) KiB encoded; "
                + "\(Bar.text(keptSeconds * 1e3)) ms of a core against \(Bar.text(wholeSeconds * 1e3)) ms")
    }

    /// Words of the scene's text, from a place of its own.
    private static func part(_ scene: TokenScene, _ count: Int, _ random: inout SeededRandom) -> [UInt8] {
        var start = random.below(scene.text.count - 2 * count - 512)
        while scene.text[start] != 0x20 { start += 1 }
        var end = start + count
        while scene.text[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(scene.text[start..<end])
    }
}
