import Crypto
package import Governance
import JSONValues
package import Logging
package import NIOCore
import Observability
import ServiceLifecycle
import Synchronization

/// Says who sends a request, by its token or API key.
///
/// 1. A token's signature is verified once, off the event loops; then its hash is known until the token expires.
/// 2. Neither tokens nor keys are kept or told anywhere, only their hashes.
/// 3. Until the key set was fetched no token is taken. A set that cannot be fetched again stays in force.
/// 4. No more than `waitingMax` tokens wait for verification; further ones are refused as `busy`.
package final class Authenticator: Service, Sendable {
    /// Verified tokens that are known.
    package static let tokensMax = 65_536
    package static let waitingMax = 1_024
    /// Between two fetches of the key set, and after a failed one, or one for the sake of an unknown key.
    package static let refreshInterval = Duration.seconds(3_600)
    package static let retryInterval = Duration.seconds(5)

    /// Gets the document at a URI.
    package typealias Fetch = @Sendable (_ uri: String) async throws -> [UInt8]

    /// What is known of a request at once.
    package enum Answer: Sendable {
        case caller(Caller)
        case failure(AuthFailure)
        /// The token's signature is being verified.
        case later(EventLoopFuture<Caller>)
    }

    private struct Job: Sendable {
        var token: String
        var digest: SHA256Digest
        var promise: EventLoopPromise<Caller>
    }

    private struct State {
        var configuration: AuthConfiguration
        var verified = VerifiedTokens(tokensMax: Authenticator.tokensMax)
        var ring = APIKeyRing()
        var keySet: KeySet?
        var wake: AsyncStream<Void>.Continuation?
    }

    /// Whether API keys are taken, as that changes; the last word is kept for one reader.
    package let takesAPIKeys: AsyncStream<Bool>
    private let tellAPIKeys: AsyncStream<Bool>.Continuation
    private let state: Mutex<State>
    private let jobs: AsyncStream<Job>
    private let job: AsyncStream<Job>.Continuation
    private let fetch: Fetch
    /// Seconds since 1970.
    private let now: @Sendable () -> Double
    private let logger: Logger

    package init(
        _ configuration: AuthConfiguration, fetch: @escaping Fetch,
        now: @escaping @Sendable () -> Double = { Double(WallClock.microseconds) / 1e6 }, logger: Logger
    ) {
        state = Mutex(State(configuration: configuration))
        (takesAPIKeys, tellAPIKeys) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        tellAPIKeys.yield(configuration.takesAPIKeys)
        (jobs, job) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingMax))
        self.fetch = fetch
        self.now = now
        self.logger = logger
    }

    /// Requests have to prove who sends them.
    package var isActive: Bool { state.withLock { $0.configuration.isActive } }

    /// Puts another configuration in force; every token is verified anew under it.
    package func configure(_ configuration: AuthConfiguration) {
        state.withLock { state in
            guard state.configuration != configuration else { return }
            if state.configuration.keySetURI != configuration.keySetURI { state.keySet = nil }
            state.configuration = configuration
            state.verified.removeAll()
            state.wake?.yield()
        }
        tellAPIKeys.yield(configuration.takesAPIKeys)
    }

    /// Replaces the API keys.
    package func take(_ ring: APIKeyRing) { state.withLock { $0.ring = ring } }

    /// Who sends a request with this credential; nobody in particular where nobody has to prove it.
    package func authenticate(_ credential: Credential, on loop: any EventLoop) -> Answer {
        let configuration = state.withLock { $0.configuration }
        guard configuration.isActive else { return .caller(Caller()) }
        switch credential {
        case .none: return .failure(.missing)
        case .malformed: return .failure(.malformed)
        case .key(let key):
            guard configuration.takesAPIKeys else { return .failure(.malformedToken) }
            let digest = SHA256.hash(data: Array(key.utf8))
            return state.withLock { $0.ring.caller(digest) }.map { .caller($0) } ?? .failure(.unknownKey)
        case .token(let token):
            let digest = SHA256.hash(data: Array(token.utf8))
            let time = now()
            // A key may have two dots in it.
            if configuration.takesAPIKeys, let caller = state.withLock({ $0.ring.caller(digest) }) {
                return .caller(caller)
            }
            guard configuration.keySetURI != nil else { return .failure(.unknownKey) }
            if let caller = state.withLock({ $0.verified.find(digest, now: time) }) { return .caller(caller) }
            let promise = loop.makePromise(of: Caller.self)
            if case .enqueued = job.yield(Job(token: token, digest: digest, promise: promise)) {
                return .later(promise.futureResult)
            }
            promise.fail(AuthFailure.busy)
            return .failure(.busy)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepKeySet() }
                for await job in self.jobs { self.verify(job) }
                group.cancelAll()
            }
        }
        job.finish()
        for await job in jobs { job.promise.fail(AuthFailure.busy) }
    }

    private func verify(_ job: Job) {
        let (configuration, keySet) = state.withLock { ($0.configuration, $0.keySet) }
        guard let keySet else { return job.promise.fail(AuthFailure.noKeySet) }
        switch keySet.verify(job.token, others: configuration.claims) {
        case .malformed: job.promise.fail(AuthFailure.malformedToken)
        case .badSignature: job.promise.fail(AuthFailure.badSignature)
        case .unknownKey:
            job.promise.fail(AuthFailure.badSignature)
            // The issuer may have a new one.
            state.withLock { _ = $0.wake?.yield() }
        case .signed(let claims):
            if let failure = claims.failure(configuration, now: now()) { return job.promise.fail(failure) }
            let caller = Caller(user: claims.subject, claims: claims.others)
            state.withLock { state in
                guard state.configuration == configuration else { return }
                state.verified.insert(.init(caller: caller, expiresAt: claims.expiresAt ?? 0), for: job.digest)
            }
            job.promise.succeed(caller)
        }
    }

    // The key set.

    private func keepKeySet() async {
        while !Task.isCancelled {
            // Set before the fetch, so that no change during it is missed.
            let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            state.withLock { $0.wake = wake }
            let wait = await refresh() ? Self.refreshInterval : Self.retryInterval
            await withTaskGroup { group in
                group.addTask { try? await Task.sleep(for: wait) }
                group.addTask { for await _ in wakes { return } }
                await group.next()
                group.cancelAll()
            }
            // A flood of tokens with unknown keys is no flood of fetches.
            try? await Task.sleep(for: state.withLock { $0.keySet } == nil ? .zero : Self.retryInterval)
        }
    }

    /// False when the set could not be had.
    private func refresh() async -> Bool {
        guard let uri = state.withLock({ $0.configuration.keySetURI }) else { return true }
        do {
            let bytes = try await fetch(uri)
            let set = try await KeySet(bytes)
            state.withLock { state in
                guard state.configuration.keySetURI == uri else { return }
                state.keySet = set
                // A key that was taken away takes its tokens along.
                state.verified.removeAll()
            }
            logger.info("Fetched the key set", metadata: ["uri": "\(uri)", "keys": "\(set.count)"])
            return true
        } catch {
            logger.warning("Cannot fetch the key set", metadata: ["uri": "\(uri)", "err": "\(error)"])
            return false
        }
    }
}
