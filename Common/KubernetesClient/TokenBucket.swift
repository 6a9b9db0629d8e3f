/// How many requests a client may make: a steady rate and a burst above it.
package struct RequestLimits: Sendable, Hashable {
    /// Requests a second in the long run; more than 0.
    package var perSecond: Double
    /// Requests at once after a rest; at least 1.
    package var burst: Int

    package init(perSecond: Double, burst: Int) {
        precondition(perSecond > 0 && burst >= 1, "a client that may make no request does nothing")
        self.perSecond = perSecond
        self.burst = burst
    }

    /// 300 a second and 600 at once. The server divides its time fairly by itself; this keeps one program that runs in
    /// circles from taking more than its share, and does not slow down one that works through a thousand pods.
    package static let standard = RequestLimits(perSecond: 300, burst: 600)
}

/// Requests that may be made, as tokens that come back at a steady rate; pure.
///
/// 1. No more than `burst` tokens are kept, and in any time t no more than `burst + perSecond × t` are handed out.
/// 2. Who finds none takes one of the future and waits for it; so tokens are handed out in the order they were asked
///    for.
struct TokenBucket: Sendable {
    private let limits: RequestLimits
    /// Below 0 by as many tokens as are taken ahead of their time.
    private var available: Double
    private var filledAt: Duration = .zero

    init(_ limits: RequestLimits) {
        self.limits = limits
        available = Double(limits.burst)
    }

    /// Takes a token; how long to wait before it counts. `now` is of a clock that only goes forward.
    mutating func take(at now: Duration) -> Duration {
        let gained = max(.zero, now - filledAt) / .seconds(1) * limits.perSecond
        available = min(Double(limits.burst), available + gained)
        filledAt = max(filledAt, now)
        available -= 1
        return available >= 0 ? .zero : .seconds(-available / limits.perSecond)
    }

    /// Puts back a token that was not used.
    mutating func giveBack() { available = min(Double(limits.burst), available + 1) }
}
