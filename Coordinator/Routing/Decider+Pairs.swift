extension Decider {
    /// Candidates of each side of a group that pairs are made of.
    private static let pairSideMax = 8

    private struct Pair {
        var prefill: Int
        var decode: Int
        var cost: Double
        var tie: UInt64
    }

    /// The choice where prefill and decode engines are apart: pairs of one group, each engine in its own role, or a
    /// decode engine alone where that is cheaper.
    func decidePairs() -> Decision {
        guard request.generates else { return decideUngenerated() }
        var held = HeldMost()
        var prefills = 0
        for place in readings.indices where roles[place] == .prefill && exclusion(place) == nil {
            prefills += 1
            held.take(place, heldTokens(place))
        }
        var pairs = self.pairs { exclusion($0) == nil }
        let isLastResort = pairs.isEmpty
        if isLastResort { pairs = self.pairs { exclusion($0) != .noPartner } }
        let endpoints = plan.server.endpoints
        if !isLastResort, let alone = alone(upTo: pairs[0].cost) {
            let rest = spread(pairs, after: alone).prefix(Self.choicesMax - 1)
            return decision([.single(endpoints[alone])] + rest.map(choice), .prefillSkipped)
        }
        let ordered = spread(pairs)
        var reason = Decision.Reason.lastResort
        if let first = ordered.first, !isLastResort {
            reason = prefills == 1 ? .onlyCandidate : held.isMost(first.prefill) ? .cachedPrefix : .leastCost
        }
        return decision(ordered.map(choice), reason)
    }

    private func choice(_ pair: Pair) -> Decision.Choice {
        .pair(prefill: plan.server.endpoints[pair.prefill], decode: plan.server.endpoints[pair.decode])
    }

    /// The cheapest decode engine that lacks so little of the prompt that it may compute it itself, where it costs no
    /// more than this.
    private func alone(upTo limit: Double) -> Int? {
        guard plan.server.connector.decodesAlone else { return nil }
        var best = BestPlaces(max: 1)
        for place in readings.indices where roles[place] == .decode && exclusion(place) == nil {
            let missing = max(1, request.promptTokens - heldTokens(place))
            guard missing <= costs.localPrefillMax else { continue }
            let computing = Double(missing) * prefillPerToken(place) * (1 + costs.interference)
            let cost = self.cost(place).total + computing
            if cost <= limit { best.insert(place, cost: cost, tie: BestPlaces.tie(place, draw: request.draw)) }
        }
        return best.entries.first?.place
    }

    /// Decode engines alone: they are those that answer clients.
    private func decideUngenerated() -> Decision {
        var best = BestPlaces(max: Self.choicesMax)
        var open = 0
        let decodes = readings.indices.filter { roles[$0] == .decode }
        for place in decodes where exclusion(place) == nil {
            open += 1
            best.insert(place, cost: cost(place).total, tie: BestPlaces.tie(place, draw: request.draw))
        }
        if open == 0 {
            for place in decodes {
                best.insert(place, cost: cost(place).total, tie: BestPlaces.tie(place, draw: request.draw))
            }
        }
        let reason: Decision.Reason = open == 0 ? .lastResort : open == 1 ? .onlyCandidate : .leastCost
        return decision(best.entries.map { .single(plan.server.endpoints[$0.place]) }, reason)
    }

    private func pairs(_ isOpen: (Int) -> Bool) -> [Pair] {
        var pairs: [Pair] = []
        for members in plan.groups {
            var decodes = BestPlaces(max: Self.pairSideMax)
            var prefills = BestPlaces(max: Self.pairSideMax)
            for place in members where isOpen(place) {
                let tie = BestPlaces.tie(place, draw: request.draw)
                switch roles[place] {
                case .decode: decodes.insert(place, cost: cost(place).total, tie: tie)
                case .prefill: prefills.insert(place, cost: cost(place).total, tie: tie)
                case .none: break
                }
            }
            for prefill in prefills.entries {
                for decode in decodes.entries {
                    let cost = prefill.cost + decode.cost + transfer(from: prefill.place, to: decode.place)
                    let tie = (prefill.tie ^ decode.tie &+ request.draw) &* 0x9E37_79B9_7F4A_7C15
                    pairs.append(Pair(prefill: prefill.place, decode: decode.place, cost: cost, tie: tie))
                }
            }
        }
        return pairs.sorted { ($0.cost, $0.tie) < ($1.cost, $1.tie) }
    }

    /// Milliseconds to move what the decode engine lacks of the prompt.
    private func transfer(from prefill: Int, to decode: Int) -> Double {
        let missing = Double(max(0, request.promptTokens - heldTokens(decode)))
        return missing * costs.transfer(tier: plan.commonTier(prefill, decode))
    }

    /// The best pair, then pairs that share as few engines as possible with those before: a retry should not meet the
    /// engine that just failed.
    private func spread(_ pairs: [Pair], after failed: Int? = nil) -> [Pair] {
        var rest = pairs
        var ordered: [Pair] = []
        var used = Set(failed.map { [$0] } ?? [])
        while ordered.count < Self.choicesMax, !rest.isEmpty {
            func overlap(_ pair: Pair) -> Int {
                (used.contains(pair.prefill) ? 1 : 0) + (used.contains(pair.decode) ? 1 : 0)
            }
            var best = 0
            for index in rest.indices where overlap(rest[index]) < overlap(rest[best]) { best = index }
            let pair = rest.remove(at: best)
            used.formUnion([pair.prefill, pair.decode])
            ordered.append(pair)
        }
        return ordered
    }
}
