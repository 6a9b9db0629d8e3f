/// How long a request waits before it is tried again.
///
/// A `trafficPolicy.retry` says so itself. Without one the first retry goes to another engine at once, for that one has
/// done nothing wrong; each later one waits twice as long as the one before, from half to all of it as chance has it,
/// so that requests that failed together do not come back together.
package struct RetryPause: Sendable, Hashable {
    package static let first = Duration.milliseconds(25)
    /// Where every engine was tried already.
    package static let firstRepeat = Duration.milliseconds(100)
    package static let longest = Duration.seconds(1)

    /// The target's own word; nil where it has none.
    package var interval: Duration?

    package init(interval: Duration?) { self.interval = interval }

    /// Before the given retry, 1 for the first. `isRepeat` says that its engine was tried before; `draw` is a random
    /// number.
    package func pause(before retry: Int, isRepeat: Bool, draw: UInt64) -> Duration {
        if let interval { return interval }
        if retry <= 1, !isRepeat { return .zero }
        let first = isRepeat ? Self.firstRepeat : Self.first
        let whole = min(first * (1 << min(max(0, retry - (isRepeat ? 1 : 2)), 16)), Self.longest)
        return whole / 2 + whole / 2 * Int(draw >> 54) / 1_023
    }
}
