/// Where one request goes, where it goes next when that fails, and why.
package final class Decision: Sendable {
    /// One way to serve the request.
    package enum Choice: Sendable, Hashable {
        case single(Endpoint)
        case pair(prefill: Endpoint, decode: Endpoint)

        /// The engine whose answer the client gets.
        package var answering: Endpoint {
            switch self {
            case .single(let endpoint): endpoint
            case .pair(_, let decode): decode
            }
        }
    }

    /// Why a candidate is not considered.
    package enum Exclusion: String, Sendable { case notReady, failedLately, adapterNotLoaded, noPartner, filteredOut }

    /// Why the first choice is the first.
    package enum Reason: String, Sendable {
        /// There was nothing to choose.
        case onlyCandidate
        /// The cheapest also holds more of the prompt than any other.
        case cachedPrefix
        case leastCost
        /// The session's engine, which costs little more than the cheapest.
        case session
        /// What the decode engine lacks of the prompt is too little for a prefill engine.
        case prefillSkipped
        /// It has the highest score of the plugins.
        case bestScore
        /// Every candidate is excluded; the least bad is tried rather than refusing the request.
        case lastResort
        /// A filter of the plugins left none.
        case filteredOut
    }

    /// One endpoint as it was weighed.
    package struct Candidate: Sendable {
        package var endpoint: Endpoint
        /// Nothing where plugins decided.
        package var cost: CostParts
        /// Prompt tokens the engine's cache holds.
        package var cachedTokens: Int
        /// Prompt tokens that requests under way are about to put there.
        package var pendingTokens: Int
        package var exclusion: Exclusion?
        /// What each plugin gave, and the weighted sum; nothing where costs decided.
        package var scores: [(plugin: String, score: Double)] = []
        package var score: Double?
    }

    /// What the choice was made by.
    enum Basis: Sendable {
        case cost(CostPolicy)
        case plugins([ScoreSheet])
    }

    package let plan: TargetPlan
    private let readings: [EngineReading]
    private let demand: Demand
    private let basis: Basis
    /// Best first; later ones are for retries. Empty when there is no candidate at all.
    package let choices: [Choice]
    package let reason: Reason
    /// Why there is no choice, in words; nil where there is one or where nothing more can be said.
    package let refusal: String?

    init(
        plan: TargetPlan, readings: [EngineReading], demand: Demand, basis: Basis, choices: [Choice],
        reason: Reason, refusal: String? = nil
    ) {
        self.plan = plan
        self.readings = readings
        self.demand = demand
        self.basis = basis
        self.choices = choices
        self.reason = reason
        self.refusal = refusal
    }

    /// Every endpoint as it was weighed, worked out anew from what was known then.
    package var candidates: [Candidate] { readings.indices.map(candidate) }

    /// One endpoint as it was weighed.
    package func candidate(_ endpoint: Endpoint) -> Candidate? { plan.place(of: endpoint).map(candidate) }

    /// Prompt tokens that were expected in an engine's cache, at once or before long; 0 where nothing was.
    package func heldTokens(_ endpoint: Endpoint) -> Int {
        guard let place = plan.place(of: endpoint) else { return 0 }
        return readings[place].heldTokens(demand)
    }

    private func candidate(_ place: Int) -> Candidate {
        switch basis {
        case .cost(let policy):
            return Decider(demand, plan: plan, readings: readings, policy: policy).candidate(place)
        case .plugins(let sheets):
            var candidate = Decider(demand, plan: plan, readings: readings).candidate(place)
            candidate.cost = CostParts()
            candidate.exclusion = Decider.health(plan, readings, place)
            for sheet in sheets where sheet.isJudged(place) { sheet.explain(place, &candidate) }
            return candidate
        }
    }
}
