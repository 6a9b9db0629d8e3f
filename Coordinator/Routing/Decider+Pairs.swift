extension Decider {
    /// Candidates of each side of a group that pairs are made of.
    private static let pairSideMax = 8

    private struct Pair {
        var prefill: Int
        var decode: Int
        var cost: Double
        var tie: UInt64
    }

    func decidePairs() -> Decision {
        var held = HeldMost()
        var prefills = 0
        for place in readings.indices where roles[place] == .prefill && exclusion(place) == nil {
            prefills += 1
            held.take(place, heldTokens(place))
        }
        var pairs = self.pairs { exclusion($0) == nil }
        let isLastResort = pairs.isEmpty
        if isLastResort { pairs = self.pairs { exclusion($0) != .noPartner } }
        let ordered = spread(pairs)
        let endpoints = plan.server.endpoints
        let choices = ordered.map { Decision.Choice.pair(prefill: endpoints[$0.prefill], decode: endpoints[$0.decode]) }
        var reason = Decision.Reason.lastResort
        if let first = ordered.first, !isLastResort {
            reason = prefills == 1 ? .onlyCandidate : held.isMost(first.prefill) ? .cachedPrefix : .leastCost
        }
        return decision(choices, reason)
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
        let isNear = plan.nodes[prefill] >= 0 && plan.nodes[prefill] == plan.nodes[decode]
        let held = candidate(decode).cachedTokens
        return Double(max(0, request.promptTokens - held)) * (isNear ? costs.transferNear : costs.transferFar)
    }

    /// The best pair, then pairs that share as few engines as possible with those before: a retry should not meet the
    /// engine that just failed.
    private func spread(_ pairs: [Pair]) -> [Pair] {
        var rest = pairs
        var ordered: [Pair] = []
        var used: Set<Int> = []
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
