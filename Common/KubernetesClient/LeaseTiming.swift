/// How long a leader may be silent, and how often it speaks.
package struct LeaseTiming: Sendable, Hashable {
    /// Others wait this long after the last change they saw; the object holds it in whole seconds, rounded up.
    package var duration: Duration
    /// A leader that could not renew for this long stops; less than `duration`, so that it stops before another starts.
    package var renewDeadline: Duration
    /// Between two tries.
    package var retryPeriod: Duration

    /// The three must make sense together, see `problem`.
    package init(duration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        let problem = LeaseTiming.problem(duration: duration, renewDeadline: renewDeadline, retryPeriod: retryPeriod)
        precondition(problem == nil, problem ?? "")
        self.duration = duration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }

    /// What Kubernetes' own components use: 15, 10 and 2 seconds.
    package static let standard = LeaseTiming(
        duration: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2))

    /// Why these three do not go together, as one sentence that says what to change; nil where they do.
    package static func problem(duration: Duration, renewDeadline: Duration, retryPeriod: Duration) -> String? {
        if retryPeriod <= .zero { return "the retry period must be more than 0" }
        if renewDeadline <= retryPeriod * pauseMax {
            return "the renew deadline (\(renewDeadline)) must be more than \(pauseMax) times the retry period "
                + "(\(retryPeriod)), so that a leader can try more than once"
        }
        if duration <= renewDeadline {
            return
                "the lease duration (\(duration)) must be more than the renew deadline (\(renewDeadline)), so that a "
                + "leader stops before another starts"
        }
        return nil
    }

    /// A pause is 1 to this many retry periods long, so that followers do not come all at once.
    static let pauseMax = 1.2

    /// The duration as the object holds it: whole seconds, never less than what is meant.
    var durationSeconds: Int64 {
        let (seconds, attoseconds) = duration.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
