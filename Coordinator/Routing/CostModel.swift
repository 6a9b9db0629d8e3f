/// The constants of the cost in milliseconds, used where an engine's own measurements are missing.
package struct CostModel: Sendable, Hashable {
    /// Milliseconds a prompt token takes in prefill: 10,000 tokens a second.
    package var prefillPerToken = 0.1
    /// Milliseconds between output tokens of a request that runs alone.
    package var decodeStep = 20.0
    /// How much longer one more running request makes each decode step, as a share.
    package var decodeSlowdown = 0.02
    /// Output tokens assumed of a request without a limit, and the most that count.
    package var outputTokens = 128
    package var outputTokensMax = 512
    /// Prompt tokens assumed of a request that an engine reports as waiting.
    package var waitingTokens = 512
    /// Computing a prompt holds up whoever runs or comes after it and fills a cache with a copy that another engine may
    /// have: that costs others this many times the computation. A simulated fleet gained up to 9 % goodput near
    /// saturation from a factor of about five on a request's own uncached tokens, and lost nothing below.
    package var interference = 4.0
    /// Milliseconds to load an adapter that the engine has not loaded.
    package var adapterLoad = 1_000.0
    /// Cache usage from which a new request pushes others out, and what that costs in repeated prefill at full cache.
    package var pressureFrom = 0.9
    /// Milliseconds to move one token's cache between engines of one node, and between nodes that share nothing closer
    /// than domains of tier `transferTiers`; in between it grows with the tier.
    package var transferNear = 0.005
    package var transferFar = 0.02
    package var transferTiers = 4
    /// Prompt tokens that a decode engine may compute itself, where that costs no more than taking them over from a
    /// prefill engine: a block of the usual size. Beyond, its running requests would feel it. 0 for none.
    package var localPrefillMax = 16
    /// Costs that fall into one step of this many milliseconds are equal, and the request's draw decides: routers that
    /// see one picture do not all run to one engine for a difference that the next report takes back. 0 for none.
    package var indifference = 5.0

    package static let standard = CostModel()

    package init() {}

    /// Milliseconds to move one token's cache between nodes whose closest common domain has this tier, 0 for one node
    /// and nil where they are not known to share one.
    func transfer(tier: Int?) -> Double {
        guard let tier, tier < transferTiers else { return transferFar }
        return transferNear + (transferFar - transferNear) * Double(max(0, tier)) / Double(transferTiers)
    }

    /// What an engine's decode step takes when one request runs alone, milliseconds: what it measured with what ran
    /// there, within reason, or the standard.
    func decodeStep(of engine: EngineReading) -> Double {
        guard engine.timePerOutputToken > 0 else { return decodeStep }
        let alone = Double(engine.timePerOutputToken) / (1 + decodeSlowdown * Double(engine.running))
        return min(max(alone, 0.5), 1_000)
    }
}

/// The parts of one candidate's cost; each in milliseconds.
package struct CostParts: Sendable, Hashable {
    /// Work ahead in the engine's queue.
    package var queue = 0.0
    /// Computing what of the prompt is not cached.
    package var prefill = 0.0
    /// What that costs other requests.
    package var interference = 0.0
    /// How much longer the answer takes beside the running requests.
    package var decode = 0.0
    /// Loading the adapter.
    package var adapter = 0.0
    /// Recomputing what a full cache loses.
    package var pressure = 0.0

    package init() {}

    package var total: Double { queue + prefill + interference + decode + adapter + pressure }
}
