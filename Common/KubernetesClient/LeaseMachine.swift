package import JSONValues
package import KubernetesAPI

/// Who may lead, decided from what the Lease says and from nobody's clock but this process's own.
///
/// 1. A lease that changed within its own duration, by this process's steady clock, is its holder's.
/// 2. A lease without a holder, one that was released and one that did not change for its duration may be taken; taking
///    counts one transition.
/// 3. The times in the object are for people: no decision compares them with a clock of this machine.
/// 4. A lease that this process may have written stays in `mayHold` until it is seen to be another's or nobody's.
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
    /// The lease names this process, or may do so by now.
    package private(set) var mayHold = false
    /// The spec as last seen; nil where there is no lease.
    private var seen: JSONValue?
    private var seenAt: Duration = .zero

    /// `identity` is this process's alone.
    package init(identity: String, timing: LeaseTiming = .standard) {
        self.identity = identity
        self.timing = timing
    }

    /// Who the lease names; empty where it names nobody.
    package var holder: String { seen?["holderIdentity"]?.string ?? "" }

    /// Takes in the lease as it is now; nil where there is none. `now` is of a clock that only goes forward.
    package mutating func see(_ lease: KubernetesObject?, at now: Duration) {
        // Only the spec counts: whoever changes an annotation of the lease does not renew it.
        if seen != lease?.spec { seenAt = now }
        seen = lease?.spec
        mayHold = holder == identity
    }

    /// What to do about what was seen; `wall` goes into the object.
    package mutating func next(at now: Duration, wall: Timestamp) -> Step {
        let step = step(at: now, wall: wall)
        if step != .wait { mayHold = true }
        return step
    }

    private func step(at now: Duration, wall: Timestamp) -> Step {
        guard let seen else { return .create(spec: spec(since: wall, renewed: wall, transitions: 0)) }
        let transitions = seen["leaseTransitions"]?.integer ?? 0
        if holder == identity {
            let since = seen["acquireTime"]?.string.flatMap { Timestamp($0) } ?? wall
            return .replace(spec: spec(since: since, renewed: wall, transitions: transitions))
        }
        let seconds = seen["leaseDurationSeconds"]?.integer ?? 0
        if !holder.isEmpty, now < seenAt + .seconds(max(0, seconds)) { return .wait }
        return .replace(spec: spec(since: wall, renewed: wall, transitions: transitions + 1))
    }

    /// The spec that lets others take the lease at once; nil where it is not this process's.
    package func released(wall: Timestamp) -> JSONValue? {
        guard let seen, holder == identity else { return nil }
        return spec(
            holder: "", seconds: 1, since: wall, renewed: wall,
            transitions: seen["leaseTransitions"]?.integer ?? 0)
    }

    private func spec(since: Timestamp, renewed: Timestamp, transitions: Int) -> JSONValue {
        spec(
            holder: identity, seconds: timing.durationSeconds, since: since, renewed: renewed,
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
