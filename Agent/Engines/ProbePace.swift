import AgentProtocol

/// How often an engine is asked; pure.
struct ProbePace: Sendable {
    /// While it works or its load just changed.
    static let busy = Duration.milliseconds(100)
    /// While nothing changes: a dead engine is noticed within this.
    static let quiet = Duration.milliseconds(500)
    /// Between metrics pages while nothing changes, and once nothing has for long.
    static let pageQuiet = Duration.seconds(1)
    static let pageIdle = Duration.seconds(2)
    /// Without any change for so long it is idle.
    static let idleAfter = Duration.seconds(30)
    /// Between looks at models and event sources.
    static let details = Duration.seconds(5)

    private var lastLoad = EngineLoad()
    private var lastChange: ContinuousClock.Instant?
    private var lastPage: ContinuousClock.Instant?
    private var lastDetails: ContinuousClock.Instant?

    mutating func loaded(_ load: EngineLoad, at now: ContinuousClock.Instant) {
        if load != lastLoad { lastChange = now }
        lastLoad = load
        lastPage = now
    }

    mutating func detailed(at now: ContinuousClock.Instant) { lastDetails = now }

    func wantsPage(at now: ContinuousClock.Instant) -> Bool {
        guard let lastPage else { return true }
        if isBusy(at: now) { return true }
        let isIdle = lastChange.map { now - $0 > ProbePace.idleAfter } ?? true
        return now - lastPage >= (isIdle ? ProbePace.pageIdle : ProbePace.pageQuiet)
    }

    func wantsDetails(at now: ContinuousClock.Instant) -> Bool {
        lastDetails.map { now - $0 >= ProbePace.details } ?? true
    }

    func pause(at now: ContinuousClock.Instant) -> Duration { isBusy(at: now) ? ProbePace.busy : ProbePace.quiet }

    private func isBusy(at now: ContinuousClock.Instant) -> Bool {
        if lastLoad.running > 0 || lastLoad.waiting > 0 { return true }
        return lastChange.map { now - $0 < ProbePace.quiet } ?? false
    }
}
