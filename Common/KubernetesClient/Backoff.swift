/// Growing pauses between tries that fail, spread so that many clients do not come back at once.
package struct Backoff: Sendable {
    package var first: Duration
    package var max: Duration
    /// Failures since the last success.
    package private(set) var failures = 0

    package init(first: Duration, max: Duration) {
        self.first = first
        self.max = max
    }

    /// The next pause: `first` doubled with each failure up to `max`, times 0.5 to 1 by `random` in 0..<1.
    package mutating func next(random: Double) -> Duration {
        let doublings = min(failures, 30)
        failures += 1
        return min(first * (1 << doublings), max) * (0.5 + random / 2)
    }

    package mutating func reset() { failures = 0 }
}
