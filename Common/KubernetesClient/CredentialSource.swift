import KubernetesAPI
import Observability
import Synchronization

/// What a request shows of who sends it.
struct Proof: Sendable, Hashable {
    var token: String?
    var identity: ClientIdentity?
}

/// The credentials of a client, kept fresh.
///
/// 1. A token file is read again every `fileAgeMax`, and at once after its token was refused.
/// 2. A plugin runs once for all who wait for it; again when its credential is about to expire or was refused; but
///    never sooner than `pluginPause` after its last run, whose failure is told to all until then.
final class CredentialSource: Sendable {
    static let fileAgeMax = Duration.seconds(10)
    static let pluginPause = Duration.seconds(5)
    /// A credential this close to its end is not used any more: a request takes a while.
    static let expiryMargin = Duration.seconds(10)

    typealias RunPlugin = @Sendable (CredentialPlugin) async throws -> PluginCredential

    private struct State {
        var file: (token: String, at: ContinuousClock.Instant)?
        var plugin: (result: Result<PluginCredential, any Error>, at: ContinuousClock.Instant)?
        var isRefused = false
        var runs = false
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    private let credential: Credential
    private let runPlugin: RunPlugin
    private let now: @Sendable () -> (ContinuousClock.Instant, Timestamp)
    private let state = Mutex(State())

    init(
        _ credential: Credential, runPlugin: @escaping RunPlugin = { try await $0.run() },
        now: @escaping @Sendable () -> (ContinuousClock.Instant, Timestamp) = {
            (.now, Timestamp(microseconds: WallClock.microseconds))
        }
    ) {
        self.credential = credential
        self.runPlugin = runPlugin
        self.now = now
    }

    /// There may be a better proof after one was refused.
    var isRenewable: Bool {
        switch credential {
        case .none, .token: false
        case .tokenFile, .plugin: true
        }
    }

    /// What to show now.
    func proof() async throws -> Proof {
        switch credential {
        case .none: return Proof()
        case .token(let token): return Proof(token: token)
        case .tokenFile(let path): return Proof(token: try token(in: path))
        case .plugin(let plugin):
            let credential = try await self.credential(of: plugin)
            return Proof(token: credential.token, identity: credential.identity)
        }
    }

    /// The server did not believe it.
    func refused(_ proof: Proof) {
        state.withLock { state in
            if state.file?.token == proof.token { state.file = nil }
            if case .success(let credential) = state.plugin?.result, credential.token == proof.token,
                credential.identity == proof.identity
            {
                state.isRefused = true
            }
        }
    }

    private func token(in path: String) throws -> String {
        let now = now().0
        return try state.withLock { state in
            if let known = state.file, now - known.at < CredentialSource.fileAgeMax { return known.token }
            let token = try CredentialFile(path).token()
            state.file = (token, now)
            return token
        }
    }

    private enum Turn {
        case known(Result<PluginCredential, any Error>)
        case wait(AsyncStream<Never>)
        case run
    }

    private func credential(of plugin: CredentialPlugin) async throws -> PluginCredential {
        while true {
            switch turn() {
            case .known(let result): return try result.get()
            case .wait(let stream):
                for await _ in stream {}
                try Task.checkCancellation()
            case .run:
                do {
                    finish(.success(try await runPlugin(plugin)))
                } catch is CancellationError {
                    finish(nil)
                    throw CancellationError()
                } catch {
                    finish(.failure(error))
                }
            }
        }
    }

    private func turn() -> Turn {
        let (now, wall) = now()
        return state.withLock { state in
            if let known = state.plugin, isUsable(known.result, age: now - known.at, state.isRefused, at: wall) {
                return .known(known.result)
            }
            if state.runs {
                let (stream, waiter) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
                state.waiters.append(waiter)
                return .wait(stream)
            }
            state.runs = true
            return .run
        }
    }

    private func isUsable(
        _ result: Result<PluginCredential, any Error>, age: Duration, _ isRefused: Bool, at wall: Timestamp
    ) -> Bool {
        if age < CredentialSource.pluginPause { return true }
        guard case .success(let credential) = result, !isRefused else { return false }
        return credential.expires.map { wall + CredentialSource.expiryMargin < $0 } ?? true
    }

    /// Nil where the run was cut off with whoever made it; another of those who wait runs it then.
    private func finish(_ result: Result<PluginCredential, any Error>?) {
        let now = now().0
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.runs = false
            if let result {
                state.plugin = (result, now)
                state.isRefused = false
            }
            return state.waiters
        }
        waiters.forEach { $0.finish() }
    }
}
