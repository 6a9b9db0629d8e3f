/// What a request asks of an engine: plain numbers, which a decision weighs and keeps.
struct Demand: Sendable {
    var promptTokens: Int
    /// Tokens a block of the prompt's chain; 0 without one.
    var blockSize: Int
    /// Nil when the client does not say.
    var outputTokensMax: Int?
    /// Its answer is generated from a prompt.
    var generates: Bool
    var needsAdapter: Bool
    var draw: UInt64
    var session: UInt64?

    /// Tokens of the prompt that `blocks` leading cached blocks spare. The block with the last token is always computed
    /// again, because its result is needed.
    func cachedTokens(blocks: Int) -> Int {
        guard blockSize > 0, promptTokens > 0 else { return 0 }
        return min(blocks, (promptTokens - 1) / blockSize) * blockSize
    }

    /// Leading blocks of the prompt that a cache may spare.
    var sparedBlocksMax: Int { blockSize > 0 && promptTokens > 0 ? (promptTokens - 1) / blockSize : 0 }
}
