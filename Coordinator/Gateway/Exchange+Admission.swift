import Authentication
import Governance
import HTTPWire
import NIOCore
import Observability
import Redis
import Synchronization

/// What admission knows of a request until its end.
struct Admission {
    var caller = Caller()
    /// The limits it was admitted by; nil when its model has none.
    var quota: Quota?
    /// Its place in its model's waiting room, inside or waiting; nil when it has none.
    var ticket: WaitingRooms.Ticket?
    var isWaiting = false
}

extension Exchange {
    /// Finds out who sends the request, then reads it. What needs no engine but a caller is answered here.
    func authenticate() throws(ClientError) {
        guard let authenticator = state.authenticator, authenticator.isActive else { return try route() }
        let credential = Credential(
            authorization: head.fields.first(named: "authorization"), apiKey: head.fields.first(named: "x-api-key"))
        switch authenticator.authenticate(credential, on: context.loop) {
        case .caller(let caller): try authenticated(caller)
        case .failure(let failure): throw .unauthenticated(failure)
        case .later(let future):
            future.assumeIsolated().whenComplete { [weak self] result in
                guard let self, !self.isDone else { return }
                do {
                    switch result {
                    case .success(let caller): try self.authenticated(caller)
                    case .failure(let error): throw ClientError.unauthenticated(error as? AuthFailure ?? .badSignature)
                    }
                } catch let error as ClientError {
                    self.refuse(error)
                } catch {
                    self.refuse(.unauthenticated(.badSignature))
                }
            }
        }
    }

    private func authenticated(_ caller: Caller) throws(ClientError) {
        admission.caller = caller
        routing.claims = caller.claims
        guard let local = LocalAnswer.answer(record.path, head, state, entry, isAuthenticated: true) else {
            return try route()
        }
        answer(local)
    }

    /// Holds a request against the limits of its model, then lets it wait where it has to.
    func admit() throws(ClientError) {
        guard let policy = state.limiter.withLock({ $0.policy(record.model) }) else { return try queue() }
        let body = self.body
        let tokens = PromptLength.tokens(of: body.span, members) ?? body.count / 4
        if let limit = policy.promptTokensMax, tokens > limit { throw .promptTooLong(tokens, limit) }
        let quota = Quota(policy: policy, caller: admission.caller, promptTokens: tokens)
        if policy.redis != nil, !quota.entry.isEmpty { return admit(bySharing: quota) }
        let refusal = state.limiter.withLock { $0.take(quota.entry, now: configuration.clock()) }
        if let refusal { throw limited(refusal) }
        admission.quota = quota
        try queue()
    }

    /// The same where all routers count in one Redis.
    private func admit(bySharing quota: Quota) {
        guard let limiter = sharedLimiter(quota) else { return admitted(nil) }
        limiter.take(quota.entry) { [weak self] outcome in
            guard let self, !self.isDone else { return }
            switch outcome {
            case .taken: self.admitted(quota)
            case .refused(let refusal): self.refuse(self.limited(refusal))
            case .notInstalled: self.admitted(nil)
            case .failed(let failure):
                let kind = quota.entry.first?.key.limit.kind ?? .input
                self.count(kind)
                self.refuse(.limiterFailed(kind, failure.text, at: quota.policy.redis ?? ""))
            }
        }
    }

    private func sharedLimiter(_ quota: Quota) -> SharedLimiter? {
        guard let address = quota.policy.redis else { return nil }
        return context.sharedLimiters.limiter(address, password: configuration.redisPassword, context)
    }

    private func admitted(_ quota: Quota?) {
        admission.quota = quota
        do { try queue() } catch { refuse(error) }
    }

    private func limited(_ refusal: LimitRefusal) -> ClientError {
        count(refusal.limit.kind)
        return .rateLimited(refusal, model: record.model)
    }

    private func count(_ kind: TokenKind) {
        state.metrics.governance.limitExceeded.add(1, [modelLabel, "\(kind.rawValue)_tokens", pathLabel])
    }

    /// The request is over: its place is another's, and what its answer cost is taken from its limits.
    func settle() {
        leaveRoom()
        guard let quota = admission.quota, let tokens = record.outputTokens else { return }
        admission.quota = nil
        let claims = quota.settlement(outputTokens: tokens)
        if claims.isEmpty { return }
        if let limiter = sharedLimiter(quota) {
            let lost = state.metrics.governance.lostSettlements
            limiter.take(claims) { outcome in if case .taken = outcome {} else { lost.add(1) } }
        } else {
            _ = state.limiter.withLock { $0.take(claims, now: configuration.clock()) }
        }
    }
}

extension ClientError {
    static func unauthenticated(_ failure: AuthFailure) -> ClientError {
        ClientError(401, "authentication", failure.sentence, code: .unauthenticated)
    }

    static func promptTooLong(_ tokens: Int, _ limit: Int) -> ClientError {
        ClientError(
            400, "rate_limit",
            "prompt too long: about \(tokens) tokens, and the route of this model takes at most \(limit); shorten it.",
            code: .promptTooLong)
    }

    static func rateLimited(_ refusal: LimitRefusal, model: String) -> ClientError {
        let (kind, size) = (refusal.limit.kind.rawValue, refusal.limit.size)
        let whose =
            switch refusal.limit.scope {
            case .model: "model '\(model.prefix(256))'"
            case .user: "each user of model '\(model.prefix(256))'"
            case .apiKey: "each API key for model '\(model.prefix(256))'"
            }
        // Rounded up, for earlier would be too early.
        let seconds = refusal.retryAfter.map { max(1, Int($0.seconds.rounded(.up))) }
        var error = ClientError(
            429, "rate_limit",
            "\(kind) token rate limit exceeded: \(whose) has \(size.tokens) \(kind) tokens a \(size.unit.rawValue); "
                + (seconds.map { "try again in \($0) s." } ?? "this request alone is larger, send a smaller one."),
            code: .tokenLimit)
        error.retryAfterSeconds = seconds
        return error
    }

    static func limiterFailed(_ kind: TokenKind, _ reason: String, at address: String) -> ClientError {
        var error = ClientError(
            429, "rate_limit",
            "\(kind.rawValue) token rate limit exceeded: the Redis at \(address) that counts this model's tokens "
                + "\(reason), so nothing passes; try again in a moment.", code: .limiterUnavailable)
        error.retryAfterSeconds = 1
        return error
    }
}
