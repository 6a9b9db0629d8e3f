/// The choice by Kthena's plugins: filters one after another, then the weighted sum of scores.
package struct PluginPolicy: Sendable, Hashable {
    /// Keeps engines or leaves them out.
    package enum Filter: Sendable, Hashable {
        /// Those with fewer than `waitingMax` requests waiting.
        case leastRequest(waitingMax: Int)
        /// Those that serve the request's model or adapter.
        case loraAffinity

        package var name: String {
            switch self {
            case .leastRequest: "least-request"
            case .loraAffinity: "lora-affinity"
            }
        }
    }

    /// Gives each engine 0 to 100.
    package enum Scorer: Sendable, Hashable {
        case leastRequest
        case gpuUsage
        /// `firstTokenShare` weighs the time to the first token, the rest the time between tokens; 0...1.
        case leastLatency(firstTokenShare: Double)
        case prefixCache
        /// By the exact content of caches; at most `blocksMax` leading blocks of the prompt count.
        case kvCacheAware(blocksMax: Int)
        case random

        package var name: String {
            switch self {
            case .leastRequest: "least-request"
            case .gpuUsage: "gpu-usage"
            case .leastLatency: "least-latency"
            case .prefixCache: "prefix-cache"
            case .kvCacheAware: "kvcache-aware"
            case .random: "random"
            }
        }
    }

    /// A scorer and how much it counts; 0 or more.
    package struct Weighted: Sendable, Hashable {
        package var scorer: Scorer
        package var weight: Int

        package init(_ scorer: Scorer, weight: Int = 1) {
            self.scorer = scorer
            self.weight = weight
        }
    }

    /// One plugin's part in a decision, for who measures it.
    package struct Stage: Sendable, Hashable {
        /// What it does.
        package enum Kind: String, Sendable { case filter, score }
        package var plugin: String
        package var kind: Kind
    }

    package var filters: [Filter]
    package private(set) var scorers: [Weighted]
    /// Of the prefix-cache plugin.
    package var prefix: PrefixTable.Options

    /// A negative weight counts as 0; `random` beside other scorers counts for nothing.
    package init(filters: [Filter] = [], scorers: [Weighted], prefix: PrefixTable.Options = .init()) {
        self.filters = filters
        self.prefix = prefix
        let isMixed = scorers.contains { $0.scorer != .random }
        self.scorers = scorers.filter { !isMixed || $0.scorer != .random }
            .map { Weighted($0.scorer, weight: max(0, $0.weight)) }
    }

    /// Decisions read hashes of the prompt's text.
    package var readsText: Bool { scorers.contains { $0.scorer == .prefixCache } }

    /// Decisions read which blocks of tokens the engines' caches hold.
    package var readsTokens: Bool {
        scorers.contains { weighted in
            if case .kvCacheAware = weighted.scorer { true } else { false }
        }
    }
}
