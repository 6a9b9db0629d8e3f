import Synchronization

/// Lets a client's requests through at the rate its limits allow.
///
/// It keeps no queue: each caller waits by itself, and there are as many as there are tasks that make requests.
final class RequestLimiter: Sendable {
    /// Nil where everything passes at once.
    private let bucket: Mutex<TokenBucket?>
    private let start = ContinuousClock.now

    init(_ limits: RequestLimits?) { bucket = Mutex(limits.map { TokenBucket($0) }) }

    /// Waits until a request may be made; how long that took. Throws where the task is cancelled first.
    func admit() async throws -> Duration {
        let wait = bucket.withLock { $0?.take(at: ContinuousClock.now - start) ?? .zero }
        guard wait > .zero else { return .zero }
        do {
            try await Task.sleep(for: wait)
        } catch {
            bucket.withLock { $0?.giveBack() }
            throw error
        }
        return wait
    }
}
