import Tokens

/// One tokenizer and one text for all measurements of tokens; both of a seed.
struct TokenScene {
    private static let tokens = 32_000
    private static let trainingBytes = 4_000_000
    private static let textBytes = 3_200_000
    /// What a prompt of some length has; longer ones are measured by themselves.
    private static let promptBytes = 16_384

    /// The bytes of `tokenizer.json`.
    let file: [UInt8]
    let tokenizer: Tokenizer
    /// Not what the tokenizer was trained on, though in the same words.
    let text: [UInt8]
    /// Of the text.
    let tokenCount: Int

    /// Made once, for it takes seconds.
    static let shared = Result { try TokenScene() }

    private init() throws {
        var source = GeneratedText(seed: 7)
        file = MergeTraining.file(source.bytes(Self.trainingBytes), tokens: Self.tokens)
        tokenizer = try Tokenizer(file: file)
        text = source.bytes(Self.textBytes)
        var encoder = TokenEncoder(tokenizer)
        var ids: [UInt32] = []
        try encoder.encode(text, framed: false, into: &ids)
        tokenCount = ids.count
    }

    /// The text as prompts that end with a line.
    var prompts: [[UInt8]] {
        var prompts: [[UInt8]] = []
        var start = 0
        while start < text.count {
            let least = min(text.count, start + Self.promptBytes)
            let end = text[least...].firstIndex(of: 0x0A) ?? text.count
            prompts.append(Array(text[start..<end]))
            start = end
        }
        return prompts
    }
}
