package import AgentProtocol

/// Chooses engines by cost in milliseconds. It keeps nothing and knows no clock: the same values give the same
/// decision.
package struct Decider {
    /// Choices made for one request; the first is used, the others are for retries.
    package static let choicesMax = 5

    private let request: RoutingRequest
    private let inFlight: InFlight
    private let costs: CostModel
    private let now: Duration
    /// Leading blocks of the prompt that an engine's cache holds.
    private let matches: [EngineID: Int]

    package init(
        _ request: RoutingRequest, matches: [EngineID: Int], inFlight: InFlight, costs: CostModel = .standard,
        now: Duration
    ) {
        self.request = request
        self.matches = matches
        self.inFlight = inFlight
        self.costs = costs
        self.now = now
    }

    /// The decision for a target; `facts` gives what the fleet knows of an endpoint, nil for one it does not know.
    package func decide(_ server: TargetServer, facts: (Endpoint) -> EngineFacts?) -> Decision {
        var candidates = server.endpoints.map { candidate($0, facts($0), isDisaggregated: server.isDisaggregated) }
        excludeMissingAdapters(&candidates)
        return server.isDisaggregated ? decidePairs(candidates) : decideSingle(candidates)
    }

    private func candidate(_ endpoint: Endpoint, _ facts: EngineFacts?, isDisaggregated: Bool) -> Decision.Candidate {
        let load = facts?.load ?? EngineLoad()
        let matched = facts?.blockSize == request.blockSize ? matches[endpoint.engine] ?? 0 : 0
        let cached = request.cachedTokens(blocks: matched)
        let pending = request.cachedTokens(blocks: inFlight.pendingBlocks(request.chain, on: endpoint.engine))
        let uncached = Double(max(1, request.promptTokens - max(cached, pending)))
        let perToken = load.prefillSecondsPerToken > 0 ? load.prefillSecondsPerToken * 1_000 : costs.prefillPerToken
        let running = max(load.running, inFlight.requests(endpoint.engine))

        var parts = CostParts()
        if endpoint.role != .decode {
            let waiting = max(inFlight.pendingTokens(endpoint.engine), load.waiting * costs.waitingTokens)
            parts.queue = Double(waiting) * perToken
            parts.prefill = uncached * perToken
            parts.interference = parts.prefill * costs.interference
        } else {
            // A decode engine's queue is waiting requests, each of which needs a step to get in.
            parts.queue = Double(load.waiting) * costs.decodeStep
        }
        if endpoint.role != .prefill {
            let output = min(request.outputTokensMax ?? costs.outputTokens, costs.outputTokensMax)
            parts.decode = Double(output) * costs.decodeStep * costs.decodeSlowdown * Double(running)
        }
        if load.cacheUsage > costs.pressureFrom {
            let share = (load.cacheUsage - costs.pressureFrom) / (1 - costs.pressureFrom)
            parts.pressure = share * Double(request.promptTokens) * perToken
        }
        if let adapter = request.adapter, let facts, !facts.models.contains(adapter) {
            parts.adapter = costs.adapterLoad
        }
        return Decision.Candidate(
            endpoint: endpoint, cost: parts, cachedTokens: cached, pendingTokens: pending,
            exclusion: exclusion(endpoint, facts, isDisaggregated: isDisaggregated))
    }

    private func exclusion(_ endpoint: Endpoint, _ facts: EngineFacts?, isDisaggregated: Bool) -> Decision.Exclusion? {
        if isDisaggregated && endpoint.role == .none { return .noPartner }
        if let facts, !facts.isReady { return .notReady }
        return inFlight.isEjected(endpoint.engine, now: now) ? .failedLately : nil
    }

    /// Once some engine has the adapter, those that have not are left out: they would refuse the request.
    private func excludeMissingAdapters(_ candidates: inout [Decision.Candidate]) {
        guard request.adapter != nil,
            candidates.contains(where: { $0.exclusion == nil && $0.cost.adapter == 0 })
        else { return }
        for index in candidates.indices where candidates[index].exclusion == nil && candidates[index].cost.adapter > 0 {
            candidates[index].exclusion = .adapterNotLoaded
        }
    }

    private func decideSingle(_ candidates: [Decision.Candidate]) -> Decision {
        let open = candidates.filter { $0.exclusion == nil }
        let pool = open.isEmpty ? candidates : open
        let order = sorted(pool)
        return Decision(
            candidates: candidates, choices: order.prefix(Self.choicesMax).map { .single($0.endpoint) },
            reason: reason(best: order.first, pool: pool, isLastResort: open.isEmpty))
    }

    private func reason(
        best: Decision.Candidate?, pool: [Decision.Candidate], isLastResort: Bool
    ) -> Decision.Reason {
        if isLastResort { return .lastResort }
        if pool.count == 1 { return .onlyCandidate }
        guard let best else { return .lastResort }
        let held = max(best.cachedTokens, best.pendingTokens)
        let others = pool.filter { $0.endpoint != best.endpoint }.map { max($0.cachedTokens, $0.pendingTokens) }.max()
        return held > others ?? 0 ? .cachedPrefix : .leastCost
    }

    /// Cheapest first; equal costs in an order that the request's draw decides, so that ties do not pile up on one.
    private func sorted(_ candidates: [Decision.Candidate]) -> [Decision.Candidate] {
        let keyed = candidates.enumerated().map { index, candidate in
            (candidate, candidate.cost.total, (UInt64(index) &+ request.draw) &* 0x9E37_79B9_7F4A_7C15)
        }
        return keyed.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map(\.0)
    }
}

extension Decider {
    /// Candidates of each side of a group that pairs are made of.
    private static let pairSideMax = 8

    private func decidePairs(_ candidates: [Decision.Candidate]) -> Decision {
        let open = candidates.filter { $0.exclusion == nil }
        var pairs = self.pairs(open)
        var isLastResort = false
        if pairs.isEmpty {
            pairs = self.pairs(candidates.filter { $0.exclusion != .noPartner })
            isLastResort = true
        }
        let ordered = spread(pairs)
        let choices = ordered.map { Decision.Choice.pair(prefill: $0.prefill.endpoint, decode: $0.decode.endpoint) }
        let pool = open.filter { $0.endpoint.role == .prefill }
        let reason = reason(best: ordered.first?.prefill, pool: pool, isLastResort: isLastResort || choices.isEmpty)
        return Decision(candidates: candidates, choices: choices, reason: reason)
    }

    private struct Pair {
        var prefill: Decision.Candidate
        var decode: Decision.Candidate
        var cost: Double
    }

    private func pairs(_ candidates: [Decision.Candidate]) -> [Pair] {
        var pairs: [Pair] = []
        for members in Dictionary(grouping: candidates, by: \.endpoint.group).values {
            let decodes = sorted(members.filter { $0.endpoint.role == .decode }).prefix(Self.pairSideMax)
            let prefills = sorted(members.filter { $0.endpoint.role == .prefill }).prefix(Self.pairSideMax)
            for prefill in prefills {
                for decode in decodes {
                    let isNear = !prefill.endpoint.node.isEmpty && prefill.endpoint.node == decode.endpoint.node
                    let moved = Double(max(0, request.promptTokens - decode.cachedTokens))
                    let transfer = moved * (isNear ? costs.transferNear : costs.transferFar)
                    let cost = prefill.cost.total + decode.cost.total + transfer
                    pairs.append(Pair(prefill: prefill, decode: decode, cost: cost))
                }
            }
        }
        return pairs.sorted { left, right in
            if left.cost != right.cost { return left.cost < right.cost }
            return tieBreak(left) < tieBreak(right)
        }
    }

    private func tieBreak(_ pair: Pair) -> UInt64 {
        var mixed = request.draw
        for byte in (pair.prefill.endpoint.engine.pod + pair.decode.endpoint.engine.pod).utf8 {
            mixed = (mixed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return mixed
    }

    /// The best pair, then pairs that share as few engines as possible with those before: a retry should not meet the
    /// engine that just failed.
    private func spread(_ pairs: [Pair]) -> [Pair] {
        var rest = pairs
        var ordered: [Pair] = []
        var used: Set<EngineID> = []
        while ordered.count < Self.choicesMax, !rest.isEmpty {
            func overlap(_ pair: Pair) -> Int {
                (used.contains(pair.prefill.endpoint.engine) ? 1 : 0)
                    + (used.contains(pair.decode.endpoint.engine) ? 1 : 0)
            }
            var best = 0
            for index in rest.indices where overlap(rest[index]) < overlap(rest[best]) { best = index }
            let pair = rest.remove(at: best)
            used.formUnion([pair.prefill.endpoint.engine, pair.decode.endpoint.engine])
            ordered.append(pair)
        }
        return ordered
    }
}
