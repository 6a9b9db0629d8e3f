/// The unit of time of a limit.
package enum LimitUnit: String, Sendable, Hashable, CaseIterable {
    case second, minute, hour, day, month

    /// A month counts 30 days.
    package var seconds: Int {
        switch self {
        case .second: 1
        case .minute: 60
        case .hour: 3_600
        case .day: 86_400
        case .month: 2_592_000
        }
    }
}

/// Which tokens of a request a limit counts.
package enum TokenKind: String, Sendable, Hashable { case input, output }

/// Whose requests share one bucket of a limit.
package enum LimitScope: String, Sendable, Hashable, CaseIterable {
    /// Everybody's.
    case model
    /// Each user's; requests of nobody in particular share one.
    case user
    /// Each API key's; requests without one share one.
    case apiKey
}

/// One limit on a model's tokens.
package struct TokenLimit: Sendable, Hashable {
    package var kind: TokenKind
    package var size: TokenBucket.Size
    package var scope: LimitScope
    /// Only requests whose prompt has at least this many tokens count.
    package var promptTokensFrom: Int

    package init(_ kind: TokenKind, _ size: TokenBucket.Size, scope: LimitScope = .model, promptTokensFrom: Int = 0) {
        self.kind = kind
        self.size = size
        self.scope = scope
        self.promptTokensFrom = promptTokensFrom
    }
}

/// What requests for one model may use.
package struct LimitPolicy: Sendable, Hashable {
    package var model: String
    package var limits: [TokenLimit]
    /// Estimated tokens of a prompt; a longer one is refused for good.
    package var promptTokensMax: Int?
    /// `host:port` of the Redis that all routers count in; nil where each counts for itself.
    package var redis: String?

    package init(model: String, limits: [TokenLimit] = [], promptTokensMax: Int? = nil, redis: String? = nil) {
        self.model = model
        self.limits = limits
        self.promptTokensMax = promptTokensMax
        self.redis = redis
    }

    package var isEmpty: Bool { limits.isEmpty && promptTokensMax == nil }
}

/// Who sends a request, as far as that was proved.
package struct Caller: Sendable, Hashable {
    /// The subject of its token, or the owner of its API key.
    package var user: String?
    /// The name of its API key, never the key.
    package var apiKey: String?
    /// Claims of its token that something here goes by.
    package var claims: [String: String]

    package init(user: String? = nil, apiKey: String? = nil, claims: [String: String] = [:]) {
        self.user = user
        self.apiKey = apiKey
        self.claims = claims
    }
}
