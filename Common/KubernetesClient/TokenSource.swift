import Synchronization

/// The bearer token of a client; one from a file is read again every `refresh`, and at once after it was refused.
final class TokenSource: Sendable {
    static let refresh = Duration.seconds(10)

    private struct State {
        var token: String
        var readAt: ContinuousClock.Instant
    }

    private let credential: Credential
    private let state = Mutex<State?>(nil)

    init(_ credential: Credential) { self.credential = credential }

    /// The token to send, nil for none.
    func token() throws -> String? {
        switch credential {
        case .none: return nil
        case .token(let token): return token
        case .tokenFile(let path):
            let now = ContinuousClock.now
            return try state.withLock { state in
                if let current = state, now - current.readAt < TokenSource.refresh { return current.token }
                let token = try CredentialFile(path).token()
                state = State(token: token, readAt: now)
                return token
            }
        }
    }

    /// The server refused the token: it may have been rotated.
    func forget() { state.withLock { $0 = nil } }
}
