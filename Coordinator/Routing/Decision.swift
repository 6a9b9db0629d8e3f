/// Where one request goes, where it goes next when that fails, and why.
package struct Decision: Sendable {
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

    let plan: TargetPlan
    private var readings: [EngineReading]
    private let request: RoutingRequest
    private let basis: Basis
    /// Best first; later ones are for retries. Empty when there is no candidate at all.
    package var choices: [Choice]
    package var reason: Reason
    /// Why there is no choice, in words; nil where there is one or where nothing more can be said.
    package var refusal: String?

    init(
        plan: TargetPlan, readings: [EngineReading], request: RoutingRequest, basis: Basis, choices: [Choice],
        reason: Reason
    ) {
        self.plan = plan
        self.readings = readings
        // The chain is long and explains nothing that the readings do not.
        self.request = request.withoutPrompt
        self.basis = basis
        self.choices = choices
        self.reason = reason
    }

    /// Every endpoint as it was weighed, worked out anew from what was known then; nothing once it is forgotten.
    package var candidates: [Candidate] { readings.indices.map(candidate) }

    /// One endpoint as it was weighed.
    package func candidate(_ endpoint: Endpoint) -> Candidate? {
        plan.server.endpoints.firstIndex(of: endpoint).flatMap { $0 < readings.count ? candidate($0) : nil }
    }

    private func candidate(_ place: Int) -> Candidate {
        switch basis {
        case .cost(let policy):
            return Decider(request, plan: plan, readings: readings, policy: policy).candidate(place)
        case .plugins(let sheets):
            var candidate = Decider(request, plan: plan, readings: readings).candidate(place)
            candidate.cost = CostParts()
            candidate.exclusion = Decider.health(plan, readings, place)
            for sheet in sheets where sheet.isJudged(place) { sheet.explain(place, &candidate) }
            return candidate
        }
    }

    /// Forgets how the candidates were weighed: what it takes to explain them is most of a decision's memory.
    package mutating func forgetCandidates() { readings = [] }
}
