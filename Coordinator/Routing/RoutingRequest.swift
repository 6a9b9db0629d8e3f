package import KVBlocks

/// One request as far as the choice of its engine needs it.
package struct RoutingRequest: Sendable {
    /// Tokens of the prompt, counted or estimated.
    package var promptTokens: Int
    /// The prompt's blocks; empty when its tokens are unknown.
    package var chain: [BlockHash]
    /// Tokens a block of `chain`; 0 without one.
    package var blockSize: Int
    /// The most output tokens the client allows; nil when it does not say.
    package var outputTokensMax: Int?
    /// The adapter it needs; nil for the base model.
    package var adapter: String?
    /// A random number that decides between equal costs.
    package var draw: UInt64
    /// The model under the name that engines know it by.
    package var model = ""
    /// What tells its session from others; nil for none.
    package var session: UInt64?
    /// Hashes of the prompt's text, block by block; empty where nobody reads them.
    package var text: [UInt64] = []

    package init(
        promptTokens: Int, chain: [BlockHash] = [], blockSize: Int = 0, outputTokensMax: Int? = nil,
        adapter: String? = nil, draw: UInt64 = 0
    ) {
        self.promptTokens = promptTokens
        self.chain = chain
        self.blockSize = blockSize
        self.outputTokensMax = outputTokensMax
        self.adapter = adapter
        self.draw = draw
    }

    /// The same without what is as long as the prompt.
    var withoutPrompt: RoutingRequest {
        var request = self
        request.chain = []
        request.text = []
        return request
    }

    /// Leading blocks of the prompt that a cache may spare.
    var sparedBlocksMax: Int { cachedTokens(blocks: .max) / max(1, blockSize) }

    /// Tokens of the prompt that `blocks` leading cached blocks spare. The block with the last token is always computed
    /// again, because its result is needed.
    package func cachedTokens(blocks: Int) -> Int {
        guard blockSize > 0, promptTokens > 0 else { return 0 }
        return min(blocks, (promptTokens - 1) / blockSize) * blockSize
    }
}
