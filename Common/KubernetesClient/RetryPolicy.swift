import KubernetesAPI

/// When a failed request is sent again; pure, the caller sleeps.
///
/// 1. A request that may have been carried out is repeated only if that does no harm (`isIdempotent`).
/// 2. No request is sent more than `attemptsMax` times.
/// 3. The server's Retry-After is honoured, up to `retryAfterMax`.
/// 4. A credential that is refused and can be renewed (`canRenew`) is, once.
struct RetryPolicy: Sendable {
    static let attemptsMax = 5
    static let delayFirst = Duration.milliseconds(100)
    static let retryAfterMax = Duration.seconds(30)

    var isIdempotent: Bool
    var canRenew = false

    /// How long to wait before attempt number `attempt + 1`, or nil to give up. `random` is in 0..<1.
    func delay(after failure: any Error, attempt: Int, retryAfter: Duration?, random: Double) -> Duration? {
        // Said before any work is done, as 429 is.
        if let status = failure as? APIStatus, status.code == 401 { return canRenew && attempt == 1 ? .zero : nil }
        guard attempt < RetryPolicy.attemptsMax, isRetriable(failure, retryAfter: retryAfter) else { return nil }
        let ceiling = RetryPolicy.delayFirst * (1 << (attempt - 1))
        let jittered = ceiling * (0.5 + random)
        guard let retryAfter else { return jittered }
        return min(retryAfter, RetryPolicy.retryAfterMax) + RetryPolicy.delayFirst * random
    }

    private func isRetriable(_ failure: any Error, retryAfter: Duration?) -> Bool {
        switch failure {
        case let status as APIStatus:
            // 429 is always said before any work is done.
            if status.code == 429 { return true }
            return isIdempotent && (500...599).contains(status.code) && status.code != 501
        case let error as TransportError:
            switch error.fate {
            case .notSent: return true
            case .unknown: return isIdempotent
            case .refused: return false
            }
        default:
            return false
        }
    }
}
