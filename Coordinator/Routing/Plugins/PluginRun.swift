/// One decision by plugins.
struct PluginRun {
    private let request: RoutingRequest
    private let plan: TargetPlan
    private let readings: TargetReadings
    private let policy: PluginPolicy

    init(_ request: RoutingRequest, _ plan: TargetPlan, _ readings: TargetReadings, policy: PluginPolicy) {
        self.request = request
        self.plan = plan
        self.readings = readings
        self.policy = policy
    }

    func decide(around: (PluginPolicy.Stage, () -> Void) -> Void) -> Decision {
        let all = Array(readings.engines.indices).filter { Decider.health(plan, readings.engines, $0) != .noPartner }
        let healthy = all.filter { Decider.health(plan, readings.engines, $0) == nil }
        // Trying a sick engine is better than refusing the request.
        let isLastResort = healthy.isEmpty
        let places = isLastResort ? all : healthy
        let reason: Decision.Reason = isLastResort ? .lastResort : .bestScore
        let isPaired = plan.server.isDisaggregated && request.generates
        return isPaired ? pairs(places, reason, around) : singles(places.filter(answers), reason, around)
    }

    /// Where prefill and decode are apart, decode engines answer clients.
    private func answers(_ place: Int) -> Bool { !plan.server.isDisaggregated || plan.roles[place] == .decode }

    private func singles(
        _ places: [Int], _ reason: Decision.Reason, _ around: (PluginPolicy.Stage, () -> Void) -> Void
    ) -> Decision {
        let sheet = judge(places, around)
        let endpoints = plan.server.endpoints
        let choices = best(Decider.choicesMax, of: sheet).map { Decision.Choice.single(endpoints[$0]) }
        let isOnly = places.count == 1 && reason != .lastResort
        return decision([sheet], choices, isOnly ? .onlyCandidate : reason)
    }

    /// The best decode engines, and for each the best prefill engine of its group.
    private func pairs(
        _ places: [Int], _ reason: Decision.Reason, _ around: (PluginPolicy.Stage, () -> Void) -> Void
    ) -> Decision {
        let decodes = judge(places.filter { plan.roles[$0] == .decode }, around)
        var sheets = [decodes]
        var partners: [Int: Int] = [:]
        var choices: [Decision.Choice] = []
        let endpoints = plan.server.endpoints
        for decode in best(Decider.choicesMax, of: decodes) {
            guard let group = plan.groups.firstIndex(where: { $0.contains(decode) }) else { continue }
            if partners[group] == nil {
                let members = Set(plan.groups[group])
                let prefills = judge(places.filter { plan.roles[$0] == .prefill && members.contains($0) }, around)
                sheets.append(prefills)
                guard let partner = best(1, of: prefills).first else { continue }
                partners[group] = partner
            }
            guard let prefill = partners[group] else { continue }
            choices.append(.pair(prefill: endpoints[prefill], decode: endpoints[decode]))
        }
        return decision(sheets, choices, reason)
    }

    private func decision(
        _ sheets: [ScoreSheet], _ choices: [Decision.Choice], _ reason: Decision.Reason
    ) -> Decision {
        let emptiedBy = choices.isEmpty ? sheets.lazy.compactMap(\.emptiedBy).first : nil
        return Decision(
            plan: plan, readings: readings.engines, demand: request.demand, basis: .plugins(sheets), choices: choices,
            reason: !choices.isEmpty ? reason : emptiedBy == nil ? .lastResort : .filteredOut,
            refusal: emptiedBy.map { "pods have all been filtered out by [\($0)]" })
    }

    private func best(_ count: Int, of sheet: ScoreSheet) -> [Int] {
        var best = BestPlaces(max: count)
        for (index, place) in sheet.open.enumerated() {
            best.insert(place, cost: -sheet.total(index), tie: BestPlaces.tie(place, draw: request.draw))
        }
        return best.entries.map(\.place)
    }

    private func judge(_ places: [Int], _ around: (PluginPolicy.Stage, () -> Void) -> Void) -> ScoreSheet {
        var sheet = ScoreSheet(places: places)
        for filter in policy.filters where !sheet.open.isEmpty {
            around(PluginPolicy.Stage(plugin: filter.name, kind: .filter)) { sheet.open = keep(sheet.open, filter) }
            if sheet.open.isEmpty { sheet.emptiedBy = filter.name }
        }
        for weighted in policy.scorers where !sheet.open.isEmpty {
            around(PluginPolicy.Stage(plugin: weighted.scorer.name, kind: .score)) {
                let scores = self.scores(sheet.open, weighted.scorer)
                sheet.columns.append(
                    ScoreSheet.Column(plugin: weighted.scorer.name, weight: weighted.weight, scores: scores))
            }
        }
        return sheet
    }

    private func keep(_ places: [Int], _ filter: PluginPolicy.Filter) -> [Int] {
        switch filter {
        case .leastRequest(let waitingMax): return places.filter { Int(readings.engines[$0].waiting) < waitingMax }
        case .loraAffinity:
            let serving = places.filter { readings.engines[$0].flags.contains(.servesModel) }
            // Engines of which nothing is known may serve it; they are asked when no other is known to.
            return serving.isEmpty ? places.filter { !readings.engines[$0].flags.contains(.known) } : serving
        }
    }

    private func scores(_ places: [Int], _ scorer: PluginPolicy.Scorer) -> [Double] {
        let engines = places.map { readings.engines[$0] }
        switch scorer {
        case .leastRequest: return PluginScores.leastRequest(engines)
        case .gpuUsage: return engines.map { 100 * (1 - Double($0.cacheUsage)) }
        case .leastLatency(let share): return PluginScores.leastLatency(engines, firstTokenShare: share)
        case .prefixCache:
            guard !readings.textBlocks.isEmpty else { return places.map { _ in 0 } }
            return places.map { PluginScores.share(Int(readings.textBlocks[$0]), of: request.text.count) }
        case .kvCacheAware(let blocksMax):
            let total = min(request.chain.count, blocksMax)
            return engines.map { engine in
                let matched = Int(engine.blockSize) == request.blockSize ? Int(engine.matchedBlocks) : 0
                return PluginScores.share(min(matched, total), of: total)
            }
        case .random: return places.map { PluginScores.random(request.draw, $0) }
        }
    }
}
