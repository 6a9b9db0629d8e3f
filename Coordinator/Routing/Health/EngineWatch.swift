import AgentProtocol

/// Tells a wedged engine, one that takes requests and produces nothing, from a slow one, by what it did before.
///
/// An engine is stuck when all of this holds:
/// 1. No byte of any answer came from it for `silence`, and its agent's picture of it, where there is one, showed no
///    progress for as long: no request left the queue, none entered or left the batch, no cache block was taken.
/// 2. Two requests at least (one, while it is on probation) are overdue: each waits `silence` or longer, and `patience`
///    times as long as the engine lately took for as many prompt tokens, those queued before it included.
/// 3. Their answers should have begun: only streams and prefills count, for an answer that comes whole may take as long
///    as it likes; with an agent that sees work and no progress every kind counts.
/// 4. An engine that never answered yet, and of whose pace nobody knows, gets `silenceOfNew` instead of `silence`.
///
/// A long prefill on a slow engine is thus measured by the engine's own pace, and whatever else runs beside it shows
/// progress.
package struct EngineWatch: Sendable, Hashable {
    /// What its owner sets once for all engines.
    package struct Policy: Sendable, Hashable {
        package var silence = Duration.seconds(2)
        package var silenceOfNew = Duration.seconds(10)
        package var patience = 3.0

        package init() {}
    }

    /// One request that waits for its answer to begin.
    struct Wait: Sendable, Hashable {
        var since: Duration
        /// Prompt tokens to be computed before its first byte, those of requests before it included.
        var tokens: Int
        /// Its answer begins as soon as its prompt is computed.
        var isPrompt: Bool
    }

    /// Fewer tokens than these take as long as these: what a request costs at least.
    static let tokensMin = 64
    /// Milliseconds a prompt token took lately until the first byte; rises at once and falls slowly. 0 while unknown.
    private var pace = 0.0
    private var progressAt: Duration?
    private var load: EngineLoad?

    package init() {}

    /// Whether the engine as a whole is silent, as of `lookedAt`.
    private var isSilent = false
    private var lookedAt: Duration?

    /// It is long enough since it was looked at.
    func isDue(now: Duration) -> Bool { lookedAt.map { now - $0 >= Self.lookEvery } ?? true }

    /// However many requests wait, their engine is looked at this often at most.
    private static let lookEvery = Duration.milliseconds(90)

    /// The first byte of an answer came.
    mutating func answered(_ wait: Wait, now: Duration) {
        moved(now: now)
        guard wait.isPrompt else { return }
        let taken = (now - wait.since) / .milliseconds(1) / Double(max(wait.tokens, Self.tokensMin))
        pace = max(taken, pace * 0.9 + taken * 0.1)
    }

    /// Some byte of an answer came.
    mutating func moved(now: Duration) {
        progressAt = now
        isSilent = false
    }

    /// Looks at everybody who waits. `new` is the agent's newest picture; nil where there is none. The first picture
    /// begins a silence, as progress does.
    mutating func look(
        _ waits: some Sequence<Wait>, load new: EngineLoad?, isOnProbation: Bool, now: Duration, _ policy: Policy
    ) {
        lookedAt = now
        if let new,
            new.running != load?.running || new.waiting < load?.waiting ?? 0 || new.cacheUsage != load?.cacheUsage
        {
            progressAt = now
        }
        load = new
        isSilent = false
        if let progressAt, now - progressAt < silence(policy) { return }
        let agentSeesWork = (load?.running ?? 0) + (load?.waiting ?? 0) > 0
        let needed = isOnProbation ? 1 : 2
        var overdue = 0
        for wait in waits where (wait.isPrompt || agentSeesWork) && isOverdue(wait, now, policy) {
            overdue += 1
            if overdue == needed { break }
        }
        isSilent = overdue == needed
    }

    /// The request waits in vain.
    func isStuck(_ wait: Wait, now: Duration, _ policy: Policy) -> Bool { isSilent && isOverdue(wait, now, policy) }

    /// Nobody waits in vain, whoever else is asked about.
    var isFine: Bool { !isSilent }

    /// Milliseconds a prompt token takes, as far as anybody knows.
    private var knownPace: Double { max(pace, (load?.prefillSecondsPerToken ?? 0) * 1_000) }

    private func silence(_ policy: Policy) -> Duration { knownPace > 0 ? policy.silence : policy.silenceOfNew }

    private func isOverdue(_ wait: Wait, _ now: Duration, _ policy: Policy) -> Bool {
        let expected = Duration.milliseconds(Double(max(wait.tokens, Self.tokensMin)) * knownPace * policy.patience)
        return now - wait.since >= max(silence(policy), expected)
    }
}
