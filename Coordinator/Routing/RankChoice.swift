/// Which data-parallel rank of an engine a request is sent to.
package struct RankChoice: Sendable {
    package var costs = CostModel.standard
    /// Ranks behind the engine's address, 1 or more.
    package var count: Int

    package init(count: Int) { self.count = max(1, count) }

    /// The cheapest rank by what it would compute and by what this router has under way there; equal ones in an order
    /// that the request's draw decides. `blocks` and `requests` are asked once a rank.
    package func choose(_ request: RoutingRequest, blocks: (Int) -> Int, requests: (Int) -> Int) -> Int {
        var best = BestPlaces(max: 1)
        let output = min(request.outputTokensMax ?? costs.outputTokens, costs.outputTokensMax)
        let beside = Double(output) * costs.decodeStep * costs.decodeSlowdown
        for rank in 0..<count {
            let uncached = Double(max(1, request.promptTokens - request.cachedTokens(blocks: blocks(rank))))
            let cost = uncached * costs.prefillPerToken * (1 + costs.interference) + Double(requests(rank)) * beside
            best.insert(rank, cost: cost, tie: BestPlaces.tie(rank, draw: request.draw))
        }
        return best.entries.first?.place ?? 0
    }
}
