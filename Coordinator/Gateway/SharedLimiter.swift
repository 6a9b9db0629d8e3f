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

    init(_ address: RedisAddress, password: String?, loop: any EventLoop) {
        client = RedisClient(loop: loop, address: address, password: password, script: Self.script)
    }

    var usedAt: NIODeadline { client.usedAt }

    func close() { client.close() }

    func take(_ claims: [BucketClaim], completion: @escaping (Outcome) -> Void) {
        let arguments = claims.flatMap { claim -> [String] in
            let size = claim.key.limit.size
            let expiry = min(max(3 * size.unit.seconds, Self.expiry.lowerBound), Self.expiry.upperBound)
            return [
                String(size.tokens), String(size.perSecond), String(claim.need), String(claim.take), String(expiry),
            ]
        }
        client.run(keys: claims.map(\.key.redisName), arguments: arguments, timeout: Self.timeout) { result in
            switch result {
            case .success(let reply): completion(Self.outcome(reply, claims))
            case .failure(.neverConnected): completion(.notInstalled)
            case .failure(let failure): completion(.failed(failure))
            }
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
    mutating func limiter(_ text: String, password: String?, loop: any EventLoop) -> SharedLimiter? {
        if let limiter = limiters[text] { return limiter }
        guard let address = RedisAddress(text) else { return nil }
        if limiters.count >= Self.addressesMax {
            let limit = NIODeadline.now() - .minutes(1)
            for (text, limiter) in limiters where limiter.usedAt < limit {
                limiter.close()
                limiters[text] = nil
            }
        }
        let limiter = SharedLimiter(address, password: password, loop: loop)
        limiters[text] = limiter
        return limiter
    }
}
