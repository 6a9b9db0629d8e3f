package import KVBlocks

/// One request as far as the choice of its engine needs it; whoever decides on it holds a reference.
package final class RoutingRequest {
    /// Tokens of the prompt, counted or estimated.
    package var promptTokens: Int
    /// The prompt's blocks; empty when its tokens are unknown.
    package var chain: [BlockHash]
    /// Tokens a block of `chain`; 0 without one.
    package var blockSize: Int
    /// The most output tokens the client allows; nil when it does not say.
    package var outputTokensMax: Int?
    /// Its answer is generated from a prompt; others are answered by one engine even where prefill and decode are
    /// apart.
    package var generates = true
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

    var demand: Demand {
        Demand(
            promptTokens: promptTokens, blockSize: blockSize, outputTokensMax: outputTokensMax,
            generates: generates, needsAdapter: adapter != nil, draw: draw, session: session)
    }

    /// Tokens of the prompt that `blocks` leading cached blocks spare.
    package func cachedTokens(blocks: Int) -> Int { demand.cachedTokens(blocks: blocks) }
}
