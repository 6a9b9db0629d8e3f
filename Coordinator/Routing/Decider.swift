/// Chooses engines by cost in milliseconds. It keeps nothing and knows no clock: the same values give the same
/// decision.
package struct Decider {
    /// Choices made for one request; the first is used, the others are for retries.
    package static let choicesMax = 5

    let request: Demand
    let plan: TargetPlan
    let readings: [EngineReading]
    let policy: CostPolicy
    /// The request needs an adapter and some engine that may be chosen has it, as far as is known.
    private let isAdapterLoaded: Bool
    let costs: CostModel
    let roles: [Endpoint.Role]
    private let isDisaggregated: Bool
    private let outputTokens: Double
    private let sparedMax: Int

    /// `readings` are by place among the plan's endpoints.
    package init(
        _ request: RoutingRequest, plan: TargetPlan, readings: [EngineReading], policy: CostPolicy = CostPolicy()
    ) {
        self.init(request.demand, plan: plan, readings: readings, policy: policy)
    }

    init(_ request: Demand, plan: TargetPlan, readings: [EngineReading], policy: CostPolicy = CostPolicy()) {
        precondition(readings.count == plan.server.endpoints.count, "every endpoint has a reading")
        self.request = request
        self.plan = plan
        self.readings = readings
        self.policy = policy
        costs = policy.costs
        roles = plan.roles
        isDisaggregated = plan.server.isDisaggregated
        outputTokens = Double(
            min(request.outputTokensMax ?? policy.costs.outputTokens, policy.costs.outputTokensMax))
        sparedMax = request.sparedBlocksMax
        isAdapterLoaded =
            request.needsAdapter
            && readings.indices.contains { place in
                Self.health(plan, readings, place) == nil && !Self.lacksModel(readings[place])
            }
    }

    package func decide() -> Decision {
        isDisaggregated ? decidePairs() : decideSingle()
    }

    /// One engine as it is weighed.
    func candidate(_ place: Int) -> Decision.Candidate {
        Decision.Candidate(
            endpoint: plan.server.endpoints[place], cost: cost(place), cachedTokens: cachedTokens(place),
            pendingTokens: pendingTokens(place), exclusion: exclusion(place))
    }

    private func cachedTokens(_ place: Int) -> Int { readings[place].cachedTokens(request, sparedMax) }

    private func pendingTokens(_ place: Int) -> Int { readings[place].pendingTokens(request, sparedMax) }

    func heldTokens(_ place: Int) -> Int { max(cachedTokens(place), pendingTokens(place)) }

    /// Milliseconds a prompt token takes an engine.
    func prefillPerToken(_ place: Int) -> Double {
        readings[place].prefillPerToken > 0 ? Double(readings[place].prefillPerToken) : costs.prefillPerToken
    }

    func cost(_ place: Int) -> CostParts { cost(place, held: heldTokens(place)) }

    private func cost(_ place: Int, held: Int) -> CostParts {
        let engine = readings[place]
        let perToken = prefillPerToken(place)
        var parts = CostParts()
        if roles[place] != .decode {
            let reported = Int(engine.waiting) * costs.waitingTokens + Int(engine.freshTokens)
            parts.queue = Double(max(Int(engine.pendingTokens), reported)) * perToken
            parts.prefill = Double(max(1, request.promptTokens - held)) * perToken
            parts.interference = parts.prefill * costs.interference
        } else {
            // A decode engine's queue is waiting requests, each of which needs a step to get in.
            parts.queue = Double(engine.waiting) * costs.decodeStep(of: engine)
        }
        if roles[place] != .prefill {
            let running = max(Int(engine.running) + Int(engine.freshRequests), Int(engine.requests))
            parts.decode = outputTokens * costs.decodeStep(of: engine) * costs.decodeSlowdown * Double(running)
        }
        if Double(engine.cacheUsage) > costs.pressureFrom {
            let share = (Double(engine.cacheUsage) - costs.pressureFrom) / (1 - costs.pressureFrom)
            parts.pressure = share * Double(request.promptTokens) * perToken
        }
        if request.needsAdapter && Self.lacksModel(engine) { parts.adapter = costs.adapterLoad }
        return parts
    }

    /// The cost as it is compared.
    private func rank(_ place: Int, held: Int) -> Double {
        let total = cost(place, held: held).total
        return costs.indifference > 0 ? (total / costs.indifference).rounded(.down) : total
    }

    /// Engines of which nothing is known may have it.
    private static func lacksModel(_ engine: EngineReading) -> Bool {
        engine.flags.contains(.known) && !engine.flags.contains(.servesModel)
    }

    static func health(_ plan: TargetPlan, _ readings: [EngineReading], _ place: Int) -> Decision.Exclusion? {
        let flags = readings[place].flags
        if plan.server.isDisaggregated && plan.roles[place] == .none { return .noPartner }
        if flags.contains(.unready) { return .notReady }
        return flags.contains(.ejected) ? .failedLately : nil
    }

    /// Once some engine has the adapter, those that have not are left out: they would refuse the request.
    func exclusion(_ place: Int) -> Decision.Exclusion? {
        // Most are fine, which one look at the flags shows.
        if isDisaggregated || !readings[place].flags.isDisjoint(with: [.unready, .ejected]) {
            if let health = Self.health(plan, readings, place) { return health }
        }
        return isAdapterLoaded && Self.lacksModel(readings[place]) ? .adapterNotLoaded : nil
    }

    func decision(_ choices: [Decision.Choice], _ reason: Decision.Reason) -> Decision {
        Decision(
            plan: plan, readings: readings, demand: request, basis: .cost(policy), choices: choices, reason: reason)
    }

    private func decideSingle() -> Decision {
        var best = BestPlaces(max: Self.choicesMax)
        var held = HeldMost()
        var open = 0
        var home: (place: Int, draw: UInt64)?
        for place in readings.indices where exclusion(place) == nil {
            open += 1
            let tokens = heldTokens(place)
            held.take(place, tokens)
            best.insert(place, cost: rank(place, held: tokens), tie: BestPlaces.tie(place, draw: request.draw))
            if policy.affinity != nil, let session = request.session {
                let draw = SessionAffinity.draw(session, plan.seeds[place])
                if draw >= home?.draw ?? 0 { home = (place, draw) }
            }
        }
        if open == 0 { return lastResort() }
        if readings[best[0].place].flags.contains(.spared) { return decision(best, .lastResort) }
        if open == 1 { return decision(best, .onlyCandidate) }
        if let home, isWorthIt(home.place, best: best[0].place) {
            var places = best.entries.map(\.place)
            places.removeAll { $0 == home.place }
            places.insert(home.place, at: 0)
            let endpoints = plan.server.endpoints
            return decision(places.prefix(Self.choicesMax).map { .single(endpoints[$0]) }, .session)
        }
        return decision(best, held.isMost(best[0].place) ? .cachedPrefix : .leastCost)
    }

    private func decision(_ best: BestPlaces, _ reason: Decision.Reason) -> Decision {
        let endpoints = plan.server.endpoints
        var choices: [Decision.Choice] = []
        choices.reserveCapacity(best.count)
        for index in 0..<best.count { choices.append(.single(endpoints[best[index].place])) }
        return decision(choices, reason)
    }

    private func isWorthIt(_ home: Int, best: Int) -> Bool {
        guard let affinity = policy.affinity else { return false }
        return home == best || cost(home).total - cost(best).total <= affinity.yieldsAt
    }

    /// Every candidate is excluded; the least bad come first.
    private func lastResort() -> Decision {
        var best = BestPlaces(max: Self.choicesMax)
        for place in readings.indices {
            let cost = rank(place, held: heldTokens(place))
            best.insert(place, cost: cost, tie: BestPlaces.tie(place, draw: request.draw))
        }
        return decision(best, .lastResort)
    }
}

/// Who holds the most of a prompt, and whether anybody holds as much.
struct HeldMost {
    private var place = -1
    private var most = 0
    private var second = 0

    mutating func take(_ place: Int, _ tokens: Int) {
        if tokens > most {
            second = most
            most = tokens
            self.place = place
        } else if tokens > second {
            second = tokens
        }
    }

    /// This one holds more than any other.
    func isMost(_ place: Int) -> Bool { place == self.place && most > second }
}
