import Governance
import Testing

struct RateLimiterTests {
    static func policy(
        _ limits: [TokenLimit], model: String = "m", redis: String? = nil
    ) -> LimitPolicy { LimitPolicy(model: model, limits: limits, redis: redis) }

    static let input = TokenLimit(.input, TokenBucket.Size(30, per: .minute))
    static let output = TokenLimit(.output, TokenBucket.Size(100, per: .minute))

    /// Asks to go on with a prompt; the refusal if there is one.
    static func enter(
        _ limiter: inout RateLimiter, _ model: String = "m", tokens: Int = 10, caller: Caller = Caller(),
        at seconds: Int = 0
    ) -> LimitRefusal? {
        guard let policy = limiter.policy(model) else { return nil }
        let quota = Quota(policy: policy, caller: caller, promptTokens: tokens)
        return limiter.take(quota.entry, now: .seconds(seconds))
    }

    @Test func `a quota is used up, and there again after its window`() {
        var limiter = RateLimiter()
        limiter.update([Self.policy([Self.input])])
        func passed(at seconds: Int) -> Int { (0..<5).count { _ in Self.enter(&limiter, at: seconds) == nil } }
        #expect(passed(at: 0) == 3)
        #expect(passed(at: 10) == 0)
        #expect(passed(at: 70) == 3)
    }

    @Test func `input and output are counted apart, and models too`() {
        var limiter = RateLimiter()
        limiter.update([
            Self.policy([Self.input, Self.output]), Self.policy([Self.output], model: "other"),
        ])
        let quota = Quota(policy: Self.policy([Self.input, Self.output]), caller: Caller(), promptTokens: 10)
        #expect(limiter.take(quota.settlement(outputTokens: 300), now: .zero) == nil)
        let refusal = Self.enter(&limiter)
        #expect(refusal?.limit == Self.output)
        #expect(refusal?.retryAfter.map { $0.seconds.rounded() } == 121)
        #expect(Self.enter(&limiter, "other") == nil)
        #expect(Self.enter(&limiter, "free", tokens: 1_000_000) == nil)
        // The refused request took nothing of its prompt's bucket.
        limiter.update([Self.policy([Self.input])])
        #expect((0..<5).count { _ in Self.enter(&limiter) == nil } == 3)
    }

    @Test func `the first policy of a model holds`() {
        var limiter = RateLimiter()
        limiter.update([Self.policy([Self.input]), Self.policy([Self.output])])
        #expect(limiter.policy("m")?.limits == [Self.input])
    }

    @Test func `limits follow the policies`() {
        var limiter = RateLimiter()
        limiter.update([Self.policy([Self.input])])
        #expect(Self.enter(&limiter, tokens: 30) == nil)
        #expect(Self.enter(&limiter)?.limit == Self.input)
        // Another edit leaves the bucket as it is.
        limiter.update([Self.policy([Self.input, Self.output])])
        #expect(Self.enter(&limiter)?.limit == Self.input)
        // A larger limit begins full.
        let larger = TokenLimit(.input, TokenBucket.Size(60, per: .minute))
        limiter.update([Self.policy([larger])])
        #expect((0..<9).count { _ in Self.enter(&limiter) == nil } == 6)
        // Taken away, it limits nothing and leaves nothing.
        limiter.update([])
        #expect(Self.enter(&limiter, tokens: 1_000) == nil)
        #expect(limiter.bucketCount == 0)
    }

    @Test func `a prompt larger than the limit is told that no waiting helps`() throws {
        var limiter = RateLimiter()
        limiter.update([Self.policy([Self.input])])
        let refusal = try #require(Self.enter(&limiter, tokens: 31))
        #expect(refusal.retryAfter == nil)
    }

    @Test func `each user and each key has its own, and nobody is one of them`() {
        var limiter = RateLimiter()
        let size = TokenBucket.Size(10, per: .minute)
        limiter.update([
            Self.policy([TokenLimit(.input, size, scope: .user), TokenLimit(.input, size, scope: .apiKey)])
        ])
        let callers = [
            Caller(user: "a", apiKey: "k1"), Caller(user: "b", apiKey: "k2"), Caller(user: "a", apiKey: "k3"),
            Caller(user: "c", apiKey: "k2"), Caller(), Caller(),
        ]
        let refused = callers.map { Self.enter(&limiter, caller: $0)?.limit.scope }
        #expect(refused == [nil, nil, .user, .apiKey, nil, .user])
    }

    @Test func `a limit for long prompts leaves short ones alone`() {
        var limiter = RateLimiter()
        let limit = TokenLimit(.input, TokenBucket.Size(1_000, per: .hour), promptTokensFrom: 500)
        limiter.update([Self.policy([limit])])
        #expect((0..<10).allSatisfy { _ in Self.enter(&limiter, tokens: 499) == nil })
        #expect([500, 500, 500].map { Self.enter(&limiter, tokens: $0) == nil } == [true, true, false])
    }

    @Test(arguments: [3, 4, 5]) func `buckets are bounded`(users: Int) {
        var limiter = RateLimiter(bucketsMax: 4)
        let limit = TokenLimit(.input, TokenBucket.Size(10, per: .minute), scope: .user)
        limiter.update([Self.policy([limit])])
        for user in 0..<users { #expect(Self.enter(&limiter, caller: Caller(user: "u\(user)")) == nil) }
        #expect(limiter.bucketCount == min(users, 5))
        // Beyond the bound newcomers share one bucket, and nobody's spent tokens are forgotten.
        #expect(Self.enter(&limiter, caller: Caller(user: "u0")) != nil)
        #expect((Self.enter(&limiter, caller: Caller(user: "new")) == nil) == (users < 5))
        // Once buckets are full again, they make room.
        #expect(Self.enter(&limiter, caller: Caller(user: "late"), at: 61) == nil)
        #expect(limiter.bucketCount <= 5)
    }

    @Test func `buckets in Redis have Kthena's names`() {
        let plain = BucketKey(model: "m", limit: Self.input, subject: "")
        #expect(plain.redisName == "kthena:ratelimit:m:input")
        let scoped = TokenLimit(.output, TokenBucket.Size(1, per: .day), scope: .user, promptTokensFrom: 5)
        let key = BucketKey(model: "m", limit: scoped, subject: "u")
        #expect(key.redisName == "kthena:ratelimit:m:user.day.5:u:output")
    }
}
