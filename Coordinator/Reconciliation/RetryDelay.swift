/// How long a key that failed waits: `first` doubled with each failure, at most `max`.
package struct RetryDelay: Sendable {
    package var first: Duration
    package var max: Duration

    package init(first: Duration = .milliseconds(5), max: Duration = .seconds(30)) {
        self.first = first
        self.max = max
    }

    /// The delay after a failure that had `failures` before it.
    package func callAsFunction(failures: Int) -> Duration {
        // 60 doublings of a microsecond are more than any maximum and less than a Duration holds.
        min(first * (1 << Int64(min(failures, 60))), max)
    }
}
