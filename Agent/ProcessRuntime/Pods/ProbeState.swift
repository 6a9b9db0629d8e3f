package import KubernetesAPI

/// Where one probe of one running container stands.
package struct ProbeState: Sendable, Hashable {
    /// When it is tried next.
    package var nextAt: Timestamp
    package var isInFlight = false
    package var successes = 0
    package var failures = 0
    /// What the thresholds say: nil until one of them is reached.
    package var isWell: Bool?

    package init(nextAt: Timestamp, isWell: Bool? = nil) {
        self.nextAt = nextAt
        self.isWell = isWell
    }

    /// Counts one outcome; gives the new verdict when a threshold is reached with it.
    package mutating func count(_ succeeded: Bool, _ plan: ProbePlan) -> Bool? {
        isInFlight = false
        successes = succeeded ? successes + 1 : 0
        failures = succeeded ? 0 : failures + 1
        if succeeded && successes >= plan.successThreshold {
            isWell = true
            return true
        }
        if !succeeded && failures >= plan.failureThreshold {
            isWell = false
            return false
        }
        return nil
    }
}
