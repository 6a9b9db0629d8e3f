/// The token limits of all models, and the buckets that this process counts them in.
///
/// 1. Of several policies for one model the first holds, so that routes of one model share its buckets.
/// 2. A request is admitted by all of its buckets or takes from none.
/// 3. A limit that changes begins with a full bucket; one that is taken away leaves nothing behind.
/// 4. There are never more than `bucketsMax` buckets: full ones go first, and when none is full, further users and
///    keys share one bucket.
package struct RateLimiter: Sendable {
    /// Buckets of users and keys of all models.
    package static let bucketsMax = 65_536

    private var policies: [String: LimitPolicy] = [:]
    private var buckets: [BucketKey: TokenBucket] = [:]
    private let bucketsMax: Int

    package init(bucketsMax: Int = RateLimiter.bucketsMax) { self.bucketsMax = bucketsMax }

    package var bucketCount: Int { buckets.count }

    /// Puts these policies, in order of precedence, in the place of the ones so far.
    package mutating func update(_ policies: [LimitPolicy]) {
        let kept = policies.lazy.filter { !$0.isEmpty }.map { ($0.model, $0) }
        self.policies = Dictionary(kept, uniquingKeysWith: { first, _ in first })
        buckets = buckets.filter { key, _ in
            self.policies[key.model].map { $0.redis == nil && $0.limits.contains(key.limit) } ?? false
        }
    }

    /// What holds for a model; nil when nothing does.
    package func policy(_ model: String) -> LimitPolicy? { policies[model] }

    /// Takes what is claimed, or says which bucket lacks it.
    package mutating func take(_ claims: [BucketClaim], now: Duration) -> LimitRefusal? {
        let keys = claims.map { bucket($0.key, now: now) }
        for (claim, key) in zip(claims, keys) where claim.need > 0 {
            guard let wait = buckets[key]?.wait(for: claim.need, now: now) else {
                return LimitRefusal(limit: claim.key.limit, retryAfter: nil)
            }
            if wait > .zero { return LimitRefusal(limit: claim.key.limit, retryAfter: wait) }
        }
        for (claim, key) in zip(claims, keys) where claim.take > 0 { buckets[key]?.spend(claim.take, now: now) }
        return nil
    }

    /// The key of the bucket to count in, which is there afterwards.
    private mutating func bucket(_ key: BucketKey, now: Duration) -> BucketKey {
        if buckets[key] != nil { return key }
        var key = key
        if buckets.count >= bucketsMax, !key.subject.isEmpty {
            buckets = buckets.filter { !$0.value.isFull(now: now) }
            if buckets.count >= bucketsMax { key.subject = "" }
        }
        if buckets[key] == nil { buckets[key] = TokenBucket(key.limit.size, now: now) }
        return key
    }
}
