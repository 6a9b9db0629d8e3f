import Governance
import ServingAPI

extension RouteCatalog {
    /// What a route says of its model's tokens; nil when it says nothing. Adapters are not limited.
    static func limit(_ route: ModelRoute, _ problems: inout [Problem]) -> LimitPolicy? {
        guard !route.modelName.isEmpty else { return nil }
        var policy = LimitPolicy(model: route.modelName)
        if let limit = route.rateLimit {
            policy.limits += limits(limit)
            policy.redis = limit.redisAddress
        }
        do {
            for scoped in try route.scopedLimits {
                policy.limits += limits(scoped.limit).map { limit in
                    var limit = limit
                    limit.scope = LimitScope(scoped.scope)
                    limit.promptTokensFrom = scoped.promptTokensFrom
                    return limit
                }
            }
            policy.promptTokensMax = try route.promptTokensMax
        } catch {
            problems.append(Problem(kind: "ModelRoute", key: route.key, sentence: "\(error)"))
        }
        return policy.isEmpty ? nil : policy
    }

    private static func limits(_ limit: RateLimit) -> [TokenLimit] {
        let kinds: [(TokenKind, Int?)] = [(.input, limit.inputTokensPerUnit), (.output, limit.outputTokensPerUnit)]
        return kinds.compactMap { kind, tokens in
            // The schema refuses less than one; a cluster without the schema may hold it, and it limits nothing.
            guard let tokens, tokens > 0 else { return nil }
            return TokenLimit(kind, TokenBucket.Size(tokens, per: LimitUnit(limit.unit)))
        }
    }
}

extension LimitUnit {
    init(_ unit: RateLimit.Unit) {
        self =
            switch unit {
            case .second: .second
            case .minute: .minute
            case .hour: .hour
            case .day: .day
            case .month: .month
            }
    }
}

extension LimitScope {
    init(_ scope: ScopedRateLimit.Scope) {
        self =
            switch scope {
            case .model: .model
            case .user: .user
            case .apiKey: .apiKey
            }
    }
}
