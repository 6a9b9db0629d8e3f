package import Routing
package import ServingAPI

extension RoutingPolicy {
    /// The policy that a configuration file asks for: its plugins, or costs where it names none.
    package init(_ configuration: RouterConfiguration) {
        guard let plugins = configuration.plugins else {
            var costs = CostModel.standard
            if let tokens = configuration.localPrefillTokens { costs.localPrefillMax = tokens }
            self = .cost(
                CostPolicy(costs: costs, affinity: configuration.sessionAffinity.map { SessionAffinity($0) }))
            return
        }
        let arguments = configuration.arguments
        var prefix = PrefixTable.Options()
        prefix.blockBytes = arguments.prefixBlockBytes
        prefix.blocksMax = arguments.prefixBlocksMax
        prefix.hashesMax = arguments.prefixHashesMax
        prefix.matchesMax = arguments.prefixMatchesMax
        self = .plugins(
            PluginPolicy(
                filters: plugins.filters.compactMap { PluginPolicy.Filter($0, arguments) },
                scorers: plugins.scores.compactMap { score in
                    PluginPolicy.Scorer(score.name, arguments).map { .init($0, weight: score.weight) }
                }, prefix: prefix))
    }
}

extension PluginPolicy.Filter {
    fileprivate init?(_ name: String, _ arguments: RouterConfiguration.Arguments) {
        switch name {
        case "least-request": self = .leastRequest(waitingMax: arguments.maxWaitingRequests)
        case "lora-affinity": self = .loraAffinity
        default: return nil
        }
    }
}

extension PluginPolicy.Scorer {
    fileprivate init?(_ name: String, _ arguments: RouterConfiguration.Arguments) {
        switch name {
        case "least-request": self = .leastRequest
        case "gpu-usage": self = .gpuUsage
        case "least-latency": self = .leastLatency(firstTokenShare: arguments.firstTokenWeight)
        case "prefix-cache": self = .prefixCache
        case "kvcache-aware": self = .kvCacheAware(blocksMax: arguments.cacheBlocksMax)
        case "random": self = .random
        default: return nil
        }
    }
}

extension SessionAffinity {
    fileprivate init(_ configuration: RouterConfiguration.SessionAffinity) {
        let sources: [Source] = configuration.sources.map { source in
            switch source {
            case .header(let name): .header(name)
            case .cookie(let name): .cookie(name)
            case .query(let name): .query(name)
            case .claim(let name): .claim(name)
            }
        }
        self.init(sources: sources, yieldsAt: configuration.yieldMilliseconds ?? Self.yieldsAtDefault)
    }
}
