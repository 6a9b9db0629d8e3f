import Governance
import NIOCore
import Redis

/// Token limits counted in one Redis, for all routers that name it.
///
/// A bucket is a hash with the fields `tokens` and `last_update`, the latter in seconds of Redis's own clock, so that
/// routers need not agree on the time.
final class SharedLimiter {
    /// How a claim went.
    enum Outcome {
        case taken
        case refused(LimitRefusal)
        /// There has never been a connection: the limit is not in force.
        case notInstalled
        /// What failed at a Redis that was there.
        case failed(RedisFailure)
    }

    /// Time for one claim.
    static let timeout = TimeAmount.milliseconds(1_500)
    /// Time after which a bucket that nobody touches is forgotten, seconds: three units within these bounds.
    private static let expiry = 600...90 * 86_400

    /// Keys are buckets; arguments are capacity, tokens a second, tokens needed, tokens taken and expiry of each. All
    /// buckets have what is needed and are taken from, or none is. Answers the number of the bucket that lacks it, or
    /// 0, and the seconds until it has it, or -1 for never.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] + time[2] / 1000000
        local levels = {}
        for i, key in ipairs(KEYS) do
          local size, rate, need = tonumber(ARGV[5*i-4]), tonumber(ARGV[5*i-3]), tonumber(ARGV[5*i-2])
          local kept = redis.call('HMGET', key, 'tokens', 'last_update')
          local level = tonumber(kept[1] or '') or size
          local passed = now - (tonumber(kept[2] or '') or now)
          if passed > 0 then level = level + passed * rate end
          if level > size then level = size end
          if need > 0 and level < need then
            if need > size then return {i, '-1'} end
            return {i, tostring((need - level) / rate)}
          end
          levels[i] = level
        end
        for i, key in ipairs(KEYS) do
          local take = tonumber(ARGV[5*i-1])
          if take > 0 then
            redis.call('HSET', key, 'tokens', string.format('%.6f', levels[i] - take),
              'last_update', string.format('%.6f', now))
            redis.call('EXPIRE', key, ARGV[5*i])
          end
        end
        return {0, '0'}
        """

    private let client: RedisClient
    private let loop: any EventLoop
    /// Where the client and its connection live.
    private let home: any EventLoop
    private(set) var usedAt = NIODeadline.now()

    init(_ address: RedisAddress, password: String?, loop: any EventLoop, home: any EventLoop) {
        client = RedisClient(loop: home, address: address, password: password, script: Self.script)
        self.loop = loop
        self.home = home
    }

    func close() { onHome { $0.close() } }

    func take(_ claims: [BucketClaim], completion: @escaping (Outcome) -> Void) {
        usedAt = .now()
        let arguments = claims.flatMap { claim -> [String] in
            let size = claim.key.limit.size
            let expiry = min(max(3 * size.unit.seconds, Self.expiry.lowerBound), Self.expiry.upperBound)
            return [
                String(size.tokens), String(size.perSecond), String(claim.need), String(claim.take), String(expiry),
            ]
        }
        let answer = NIOLoopBound(completion, eventLoop: loop)
        onHome { client in
            client.run(keys: claims.map(\.key.redisName), arguments: arguments, timeout: Self.timeout) { result in
                if answer.eventLoop.inEventLoop { return answer.value(Self.outcome(result, claims)) }
                answer.eventLoop.execute { answer.value(Self.outcome(result, claims)) }
            }
        }
    }

    /// Runs on the client's loop, where alone it is used.
    private func onHome(_ body: @escaping @Sendable (RedisClient) -> Void) {
        nonisolated(unsafe) let client = self.client
        if home.inEventLoop { unsafe body(client) } else { home.execute { unsafe body(client) } }
    }

    private static func outcome(_ result: Result<RESPValue, RedisFailure>, _ claims: [BucketClaim]) -> Outcome {
        switch result {
        case .success(let reply): outcome(reply, claims)
        case .failure(.neverConnected): .notInstalled
        case .failure(let failure): .failed(failure)
        }
    }

    private static func outcome(_ reply: RESPValue, _ claims: [BucketClaim]) -> Outcome {
        guard case .array(let parts) = reply, parts.count == 2, let index = parts[0].integer,
            let wait = parts[1].string.flatMap(Double.init), (0...claims.count).contains(index)
        else { return .failed(.refused("another reply than its script gives")) }
        if index == 0 { return .taken }
        let limit = claims[index - 1].key.limit
        return .refused(LimitRefusal(limit: limit, retryAfter: wait < 0 ? nil : .seconds(wait)))
    }
}

/// The limiters of one event loop, by the address as routes write it.
struct SharedLimiters {
    /// Addresses with a connection; beyond that those not used for a minute are closed.
    static let addressesMax = 16

    private var limiters: [String: SharedLimiter] = [:]

    /// Nil when the text is no address.
    mutating func limiter(_ text: String, password: String?, _ context: LoopContext) -> SharedLimiter? {
        if let limiter = limiters[text] { return limiter }
        guard let address = RedisAddress(text) else { return nil }
        if limiters.count >= Self.addressesMax {
            let limit = NIODeadline.now() - .minutes(1)
            for (text, limiter) in limiters where limiter.usedAt < limit {
                limiter.close()
                limiters[text] = nil
            }
        }
        let limiter = SharedLimiter(address, password: password, loop: context.loop, home: context.companion)
        limiters[text] = limiter
        return limiter
    }
}
