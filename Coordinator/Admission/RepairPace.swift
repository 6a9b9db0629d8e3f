import KubernetesClient

/// How often a webhook configuration is put right: at once, then more and more seldom while something else keeps
/// changing it back, so that two writers that disagree cost little; pure.
struct RepairPace: Sendable {
    static let first = Duration.seconds(2)
    static let longest = Duration.seconds(300)

    private var backoff = Backoff(first: first, max: longest)
    private var last: Duration?
    private var next: Duration?

    /// Whether a repair may be made at `now`, the time since any fixed moment; counts it if so.
    mutating func allows(at now: Duration) -> Bool {
        if let next, now < next { return false }
        if let last, now - last > Self.longest { backoff.reset() }
        last = now
        next = now + backoff.next(random: 1)
        return true
    }
}
