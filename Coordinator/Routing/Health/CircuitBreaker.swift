/// Whether one engine gets requests, by how those before ended. It knows no clock and keeps a few numbers.
///
/// 1. It opens after `consecutiveMax` failures in a row, at once after a severe one, and where of `samplesMin` or more
///    outcomes of the last window a share of `ratioMax` or more are failures.
/// 2. Open, it lets nothing through until its pause is over; then it is half open and lets one probe at a time through.
/// 3. A probe that fails opens it again. Each opening pauses twice as long as the one before, never longer than
///    `pauseMax`; after `forgivenAfter` without one the first pause counts again.
/// 4. Any request that began after it opened and went well closes it. What began before says nothing any more.
package struct CircuitBreaker: Sendable, Hashable {
    /// What a request says of its engine.
    package enum Outcome: Sendable, Hashable {
        case success, failure
        /// A failure that only counts in the ratio, because the request itself may have caused it.
        case weak
        /// A failure that leaves no doubt.
        case severe
        case nothing
    }

    /// Why it opened.
    package enum Cause: String, Sendable, Hashable, CaseIterable {
        case consecutiveFailures, failureRatio, unreachable, stuck, probeFailed
    }

    /// What an outcome changed.
    package enum Change: Sendable, Hashable {
        case opened(Cause, pause: Duration)
        case closed
    }

    private struct Tally: Sendable, Hashable {
        var good: Int32 = 0
        var bad: Int32 = 0
    }

    /// Nil while closed.
    private var until: Duration?
    private var probe: UInt64?
    /// The last request that began before it opened.
    private var lastBefore: UInt64 = 0
    private var consecutive: Int32 = 0
    /// Openings that lengthen the next pause.
    private var openings: Int32 = 0
    private var openedAt = Duration.zero
    /// The window is two halves; the older one leaves at once.
    private var halfStart = Duration.zero
    private var current = Tally()
    private var previous = Tally()
    /// Why it opened last; nil when it never did.
    package private(set) var cause: Cause?

    package init() {}

    /// Nothing keeps requests away.
    package var isClosed: Bool { until == nil }

    /// It is open, or its probe is out.
    package func isLeftAlone(now: Duration) -> Bool {
        guard let until else { return false }
        return now < until || probe != nil
    }

    /// A request goes to the engine; numbers grow with each. Where it is half open, the request is its probe.
    package mutating func began(_ number: UInt64, now: Duration) {
        if let until, now >= until, probe == nil { probe = number }
    }

    /// A request is over. `latest` is the number of the last that began.
    package mutating func ended(
        _ number: UInt64, _ outcome: Outcome, latest: UInt64, now: Duration, _ policy: Policy
    ) -> Change? {
        let wasProbe = probe == number
        if wasProbe { probe = nil }
        guard until == nil else {
            guard number > lastBefore else { return nil }
            switch outcome {
            case .success: return close()
            case .failure, .severe: return wasProbe ? open(.probeFailed, latest: latest, now: now, policy) : nil
            case .weak, .nothing: return nil
            }
        }
        // A request from before an earlier opening: what it tells is old.
        guard number > lastBefore else { return nil }
        count(outcome, now: now, policy)
        switch outcome {
        case .severe: return open(.unreachable, latest: latest, now: now, policy)
        case .failure, .weak: return ripeCause(policy).map { open($0, latest: latest, now: now, policy) }
        case .success, .nothing: return nil
        }
    }

    /// Opens it for a reason that no request's end tells; nothing where it is open already.
    package mutating func trip(_ cause: Cause, latest: UInt64, now: Duration, _ policy: Policy) -> Change? {
        guard until == nil else { return nil }
        return open(cause, latest: latest, now: now, policy)
    }

    /// The engine was seen at work again. Only what silence opened is closed by that.
    package mutating func recovered() -> Change? { until != nil && cause == .stuck ? close() : nil }

    private mutating func count(_ outcome: Outcome, now: Duration, _ policy: Policy) {
        let half = policy.window / 2
        if now >= halfStart + half {
            previous = now < halfStart + policy.window ? current : Tally()
            current = Tally()
            halfStart = now
        }
        switch outcome {
        case .success:
            consecutive = 0
            current.good += 1
        case .failure, .severe:
            consecutive += 1
            current.bad += 1
        case .weak: current.bad += 1
        case .nothing: break
        }
    }

    private func ripeCause(_ policy: Policy) -> Cause? {
        if Int(consecutive) >= policy.consecutiveMax { return .consecutiveFailures }
        let bad = Int(current.bad + previous.bad)
        let all = bad + Int(current.good + previous.good)
        return all >= policy.samplesMin && Double(bad) >= policy.ratioMax * Double(all) ? .failureRatio : nil
    }

    private mutating func open(_ cause: Cause, latest: UInt64, now: Duration, _ policy: Policy) -> Change {
        if openings > 0, now >= openedAt + policy.forgivenAfter { openings = 0 }
        // Doubling stops long before it would overflow.
        let pause = min(policy.pause * (1 << min(Int(openings), 20)), policy.pauseMax)
        openings = min(openings + 1, 20)
        openedAt = now
        until = now + pause
        probe = nil
        lastBefore = latest
        self.cause = cause
        consecutive = 0
        current = Tally()
        previous = Tally()
        return .opened(cause, pause: pause)
    }

    private mutating func close() -> Change {
        until = nil
        probe = nil
        return .closed
    }
}
