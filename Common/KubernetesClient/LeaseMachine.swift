package import JSONValues
package import KubernetesAPI

/// How long a leader may be silent, and how often it speaks.
package struct LeaseTiming: Sendable, Hashable {
    /// Others wait this long after the last change they saw; whole seconds, as the object holds them.
    package var duration: Duration
    /// A leader that could not renew for this long stops; less than `duration`, so that it stops before another starts.
    package var renewDeadline: Duration
    /// Between two tries.
    package var retryPeriod: Duration

    package init(duration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        precondition(renewDeadline < duration && retryPeriod < renewDeadline, "a leader stops before another starts")
        self.duration = duration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }

    /// What Kubernetes' own components use: 15, 10 and 2 seconds.
    package static let standard = LeaseTiming(
        duration: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2))
}

/// Who may lead, decided from what the Lease says and from nobody's clock but this process's own.
///
/// 1. A lease that changed within its own duration, by this process's steady clock, is its holder's.
/// 2. A lease without a holder, one that was released and one that did not change for its duration may be taken; taking
///    counts one transition.
/// 3. The times in the object are for people: no decision compares them with a clock of this machine.
package struct LeaseMachine: Sendable {
    /// What to write, or that there is nothing to do but wait.
    package enum Step: Sendable, Hashable {
        case create(spec: JSONValue)
        /// Replaces the spec of the version that was seen.
        case replace(spec: JSONValue)
        case wait
    }

    package let identity: String
    package let timing: LeaseTiming
    private var seen: (spec: JSONValue, version: String)?
    private var seenAt: Duration = .zero

    /// `identity` is this process's alone.
    package init(identity: String, timing: LeaseTiming = .standard) {
        self.identity = identity
        self.timing = timing
    }

    /// Who the lease names; empty where it names nobody.
    package var holder: String { seen?.spec["holderIdentity"]?.string ?? "" }

    /// Takes in the lease as it is now; nil where there is none. `now` is of a clock that only goes forward.
    package mutating func see(_ lease: KubernetesObject?, at now: Duration) {
        guard let lease else {
            seen = nil
            return
        }
        if seen?.version != lease.resourceVersion { seenAt = now }
        seen = (lease.spec, lease.resourceVersion)
    }

    /// What to do about what was seen; `wall` goes into the object.
    package func next(at now: Duration, wall: Timestamp) -> Step {
        guard let seen else { return .create(spec: spec(since: wall, renewed: wall, transitions: 0)) }
        let transitions = seen.spec["leaseTransitions"]?.integer ?? 0
        if holder == identity {
            let since = seen.spec["acquireTime"]?.string.flatMap { Timestamp($0) } ?? wall
            return .replace(spec: spec(since: since, renewed: wall, transitions: transitions))
        }
        let seconds = seen.spec["leaseDurationSeconds"]?.integer ?? 0
        if !holder.isEmpty, now < seenAt + .seconds(max(0, seconds)) { return .wait }
        return .replace(spec: spec(since: wall, renewed: wall, transitions: transitions + 1))
    }

    /// The spec that lets others take the lease at once; nil where it is not this process's.
    package func released(wall: Timestamp) -> JSONValue? {
        guard let seen, holder == identity else { return nil }
        return spec(
            holder: "", seconds: 1, since: wall, renewed: wall,
            transitions: seen.spec["leaseTransitions"]?.integer ?? 0)
    }

    private func spec(since: Timestamp, renewed: Timestamp, transitions: Int) -> JSONValue {
        spec(
            holder: identity, seconds: timing.duration.components.seconds, since: since, renewed: renewed,
            transitions: transitions)
    }

    private func spec(
        holder: String, seconds: Int64, since: Timestamp, renewed: Timestamp, transitions: Int
    ) -> JSONValue {
        [
            "holderIdentity": .string(holder), "leaseDurationSeconds": .integer(seconds),
            "acquireTime": .string(since.microText), "renewTime": .string(renewed.microText),
            "leaseTransitions": JSONValue(transitions),
        ]
    }
}
