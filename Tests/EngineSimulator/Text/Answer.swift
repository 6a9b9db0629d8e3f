/// The answer to a prompt: the same on every engine, for the same prompt and seed.
package struct Answer: Sendable {
    /// Ids an answer has at least and at most where the request sets no limit.
    static let lengthMin = 24
    static let lengthMax = 160
    /// Words between full stops.
    private static let sentenceWords: UInt64 = 11

    private let key: UInt64
    /// Ids until the answer ends by itself.
    let naturalLength: Int

    package init(prompt: [UInt32], seed: Int) {
        var key: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bitPattern: Int64(seed))
        for token in prompt { key = (key ^ UInt64(token)) &* 0x0000_0100_0000_01B3 }
        self.key = Self.mix(key)
        naturalLength = Self.lengthMin + Int(Self.mix(self.key) % UInt64(Self.lengthMax - Self.lengthMin + 1))
    }

    /// The id at a position from 0.
    package func id(at position: Int, tokenizer: Tokenizer = .standard) -> UInt32 {
        let place = UInt64(position) % (Self.sentenceWords + 1)
        if place == Self.sentenceWords { return Tokenizer.byte(UInt8(ascii: ".")) }
        let value = Self.mix(key &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15)
        let word = Int(value % UInt64(tokenizer.wordCount))
        let spelling = position == 0 ? 2 : place == 0 ? 3 : 1
        return tokenizer.word(word, spelling: spelling)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
