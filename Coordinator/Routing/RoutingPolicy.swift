/// How engines are chosen.
package indirect enum RoutingPolicy: Sendable, Hashable {
    /// By cost in milliseconds.
    case cost(CostPolicy)
    /// By Kthena's filters and scores.
    case plugins(PluginPolicy)

    package static let standard = RoutingPolicy.cost(CostPolicy())

    /// How the text of prompts is cut and remembered; nil where nobody reads it.
    package var prefix: PrefixTable.Options? {
        if case .plugins(let policy) = self, policy.readsText { policy.prefix } else { nil }
    }

    /// Decisions read which blocks of tokens the engines' caches hold.
    package var readsTokens: Bool {
        switch self {
        case .cost: true
        case .plugins(let policy): policy.readsTokens
        }
    }

    /// Decisions read which engines serve the model of a request that needs no adapter.
    package var readsModels: Bool {
        if case .plugins(let policy) = self { policy.filters.contains(.loraAffinity) } else { false }
    }

    /// Nil where sessions count for nothing.
    package var affinity: SessionAffinity? {
        if case .cost(let policy) = self { policy.affinity } else { nil }
    }

    /// The decision for a target of which these readings were taken.
    ///
    /// `around` is called with each plugin's run and has to run it once; it may measure.
    package func decide(
        _ request: RoutingRequest, _ plan: TargetPlan, _ readings: TargetReadings,
        around: (PluginPolicy.Stage, () -> Void) -> Void = { $1() }
    ) -> Decision {
        switch self {
        case .cost(let policy): Decider(request, plan: plan, readings: readings.engines, policy: policy).decide()
        case .plugins(let policy): PluginRun(request, plan, readings, policy: policy).decide(around: around)
        }
    }
}

/// The choice by cost in milliseconds.
package struct CostPolicy: Sendable, Hashable {
    package var costs = CostModel.standard
    /// Nil where sessions count for nothing.
    package var affinity: SessionAffinity?

    package init(costs: CostModel = .standard, affinity: SessionAffinity? = nil) {
        self.costs = costs
        self.affinity = affinity
    }
}
