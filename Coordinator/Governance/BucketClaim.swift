/// Which bucket of a model's limits.
package struct BucketKey: Sendable, Hashable {
    package var model: String
    package var limit: TokenLimit
    /// The user or API key; empty where all share the bucket.
    package var subject: String

    package init(model: String, limit: TokenLimit, subject: String) {
        self.model = model
        self.limit = limit
        self.subject = subject
    }

    /// The name of the hash that holds the bucket in Redis. Those of everybody's limits are Kthena's.
    package var redisName: String {
        let base = "kthena:ratelimit:\(model):"
        if limit.scope == .model, limit.promptTokensFrom == 0 { return base + limit.kind.rawValue }
        let rule = "\(limit.scope.rawValue).\(limit.size.unit.rawValue).\(limit.promptTokensFrom)"
        return base + "\(rule):\(subject):\(limit.kind.rawValue)"
    }
}

/// What a request wants of one bucket.
package struct BucketClaim: Sendable, Hashable {
    package var key: BucketKey
    /// Tokens that have to be there.
    package var need: Int
    /// Tokens that are taken.
    package var take: Int
}

/// Why a request may not go on, and when it may be tried again.
package struct LimitRefusal: Sendable, Hashable {
    package var limit: TokenLimit
    /// Nil when no waiting helps: the request is larger than the limit itself.
    package var retryAfter: Duration?

    package init(limit: TokenLimit, retryAfter: Duration?) {
        self.limit = limit
        self.retryAfter = retryAfter
    }
}

/// A request before the limits of its model.
package struct Quota: Sendable, Hashable {
    package var policy: LimitPolicy
    package var caller: Caller
    /// Estimated tokens of the prompt.
    package var promptTokens: Int

    package init(policy: LimitPolicy, caller: Caller, promptTokens: Int) {
        self.policy = policy
        self.caller = caller
        self.promptTokens = promptTokens
    }

    /// Before the request goes on: the prompt's tokens are taken, and of the answer's at least one has to be left.
    package var entry: [BucketClaim] {
        claims { $0 == .input ? (promptTokens, promptTokens) : (1, 0) }
    }

    /// After its end: the tokens of the answer are taken, were they left or not.
    package func settlement(outputTokens: Int) -> [BucketClaim] {
        claims { $0 == .output ? (0, outputTokens) : nil }
    }

    private func claims(_ amount: (TokenKind) -> (need: Int, take: Int)?) -> [BucketClaim] {
        policy.limits.compactMap { limit in
            guard promptTokens >= limit.promptTokensFrom, let amount = amount(limit.kind) else { return nil }
            let subject =
                switch limit.scope {
                case .model: ""
                case .user: caller.user ?? ""
                case .apiKey: caller.apiKey ?? ""
                }
            let key = BucketKey(model: policy.model, limit: limit, subject: subject)
            return BucketClaim(key: key, need: amount.need, take: amount.take)
        }
    }
}
