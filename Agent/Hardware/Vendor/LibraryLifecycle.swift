/// When a vendor's library is opened, closed, and opened again.
///
/// 1. After a failure the next try waits a second, then twice as long each time, half a minute at most.
/// 2. While devices are lost but the library works, it is opened anew after five seconds, then ever less often, every
///    minute at most: a device that was reset is seen by new handles only.
struct LibraryLifecycle: Sendable {
    static let retryMin: Duration = .seconds(1)
    static let retryMax: Duration = .seconds(30)
    static let lostRetryMin: Duration = .seconds(5)
    static let lostRetryMax: Duration = .seconds(60)

    private var retry = retryMin
    private var lostRetry = lostRetryMin
    private var openAt: ContinuousClock.Instant?
    private var renewAt: ContinuousClock.Instant?

    /// Whether to try to open it now.
    func mayOpen(_ now: ContinuousClock.Instant) -> Bool { openAt.map { now >= $0 } ?? true }

    /// It could not be opened, or has just been closed because of an error.
    mutating func failed(_ now: ContinuousClock.Instant) {
        openAt = now + retry
        retry = min(retry * 2, Self.retryMax)
        renewAt = nil
    }

    /// A pass over the devices went through; tells whether to open the library anew now for the devices that are lost.
    mutating func passed(lostCount: Int, _ now: ContinuousClock.Instant) -> Bool {
        retry = Self.retryMin
        openAt = nil
        guard lostCount > 0 else {
            lostRetry = Self.lostRetryMin
            renewAt = nil
            return false
        }
        guard let renewAt else {
            self.renewAt = now + lostRetry
            return false
        }
        guard now >= renewAt else { return false }
        lostRetry = min(lostRetry * 2, Self.lostRetryMax)
        self.renewAt = now + lostRetry
        return true
    }
}
