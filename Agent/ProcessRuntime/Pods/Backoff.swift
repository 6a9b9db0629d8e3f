/// How long a container that ended waits before it is started again.
package struct Backoff: Sendable, Hashable {
    /// The wait before the second restart; it doubles with each one after that. The first restart does not wait.
    package var base: Duration
    package var cap: Duration
    /// A run at least this long forgets the failures before it.
    package var resetAfter: Duration

    package init(base: Duration, cap: Duration, resetAfter: Duration = .seconds(600)) {
        self.base = base
        self.cap = cap
        self.resetAfter = resetAfter
    }

    /// Short, so that an engine on one machine is soon back.
    package static let standalone = Backoff(base: .seconds(1), cap: .seconds(30))
    package static let kubelet = Backoff(base: .seconds(10), cap: .seconds(300))

    /// The wait after so many short runs in a row, counted from the end of the last.
    package func delay(afterFailures failures: Int) -> Duration {
        if failures <= 1 { return .zero }
        var delay = base
        for _ in 0..<min(failures - 2, 32) where delay < cap { delay = delay * 2 }
        return min(delay, cap)
    }
}
