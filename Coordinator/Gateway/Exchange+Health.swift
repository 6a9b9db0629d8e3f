import AgentProtocol
import Governance
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

/// What an exchange keeps for its retries.
struct Retrying {
    /// It counts in its target's retry budget.
    var hasPermit = false
    /// Choices that were tried, by their number.
    var tried: [Int] = []
    var lastFailure: UpstreamFailure?
}

extension Exchange {
    /// Interfaces whose requests change nothing at an engine, so that one may be sent again.
    private static let replayable: Set<String> = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/rerank",
        "/v1/score", "/rerank", "/score", "/tokenize", "/detokenize", "/v1/pooling", "/v1/classify",
        "/v1/audio/transcriptions", "/v1/audio/translations",
    ]

    /// Sending the request again does nothing that sending it once does not.
    var isReplayable: Bool {
        ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(record.method) || Self.replayable.contains(record.path)
    }

    /// Somebody wants to know what the answer cost, even if it ends without its usage.
    var countsTokens: Bool {
        if admission.quota != nil { return true }
        switch state.rooms.policy.order {
        case .fairness: return true
        case .arrival, .sessionBoost: return false
        }
    }

    /// The next choice that was not tried and is not left alone; failing that one that is, and once all were tried the
    /// next round.
    func nextChoice() -> (choice: Decision.Choice, isRepeat: Bool) {
        if choices.count == 1 || attemptCount == 0 {
            retry.tried.append(0)
            return (choices[0], attemptCount > 0)
        }
        var open = choices.indices.filter { !retry.tried.contains($0) }
        let isRepeat = attemptCount >= choices.count
        if open.isEmpty {
            retry.tried = []
            open = Array(choices.indices)
        }
        let index = open.first { !isLeftAlone(choices[$0]) } ?? open[0]
        retry.tried.append(index)
        return (choices[index], isRepeat)
    }

    private func isLeftAlone(_ choice: Decision.Choice) -> Bool {
        let now = NIODeadline.now().duration
        return state.inFlight.withLock { inFlight in
            switch choice {
            case .single(let endpoint): inFlight.isEjected(endpoint.engine, now: now)
            case .pair(let prefill, let decode):
                inFlight.isEjected(prefill.engine, now: now) || inFlight.isEjected(decode.engine, now: now)
            }
        }
    }

    /// The request may be tried once more: its budget and what happened allow it.
    func mayRetry() -> Bool {
        // Another engine has the adapter; nothing failed.
        if retry.lastFailure == .refused(status: 404) || retry.hasPermit { return true }
        guard let server else { return false }
        let live = state.live(server) + 1
        retry.hasPermit = state.retries.withLock { $0.take(server.id, live: live) }
        if !retry.hasPermit { state.metrics.health.refusedRetries.add(1) }
        return retry.hasPermit
    }

    /// The exchange is over: another may retry.
    func endRetries() {
        guard retry.hasPermit, let server else { return }
        retry.hasPermit = false
        state.retries.withLock { $0.giveBack(server.id) }
    }

    /// Looks at what has no event of its own: time that ran out, and engines that produce nothing.
    func watch(_ now: NIODeadline) {
        if let total = configuration.totalTimeout, now - record.start >= TimeAmount(total) { return timedOut(total) }
        guard !leases.isEmpty else { return }
        if answer?.takeMoved() == true {
            for lease in leases { state.moved(lease, now) }
            return
        }
        guard collected != nil || answer?.hasProduced == false, now - attemptStart >= Self.watchFrom else { return }
        let stuck = leases.filter { state.isStuck($0, now) }
        // Where nobody else could answer, the engine may still come back.
        guard let first = stuck.first, isReplayable, attemptCount < attemptsMax, hasOpenChoice, mayRetry() else {
            return
        }
        if let answer, answer.endpoint.engine == first.engine {
            answer.giveUp(.stuck)
        } else {
            collected?.giveUp(.stuck)
        }
    }

    /// Before that no engine is asked why it has not answered.
    private static let watchFrom = TimeAmount.milliseconds(300)

    private var hasOpenChoice: Bool {
        choices.indices.contains { !retry.tried.contains($0) && !isLeftAlone(choices[$0]) }
    }

    private func timedOut(_ total: Duration) {
        if answer?.isCommitted == true { return breakOff(.timeout) }
        refuse(.timedOut(total, model: record.model, at: server))
    }
}

extension ClientError {
    static let clientLeft = ClientError(
        499, "request_failed", "the client closed the connection before the answer's end", code: .clientGone)

    /// Only records say it: the client has a part of the answer, and its connection ends.
    static func brokeOff(_ failure: UpstreamFailure, at endpoint: Endpoint?) -> ClientError {
        let place = endpoint.map { " of pod \($0.engine.pod)" } ?? ""
        return ClientError(
            502, "proxy", "the answer\(place) broke off: \(failure.text); look at that pod and send the request again.",
            code: .answerCut)
    }

    static func timedOut(_ total: Duration, model: String, at server: TargetServer?) -> ClientError {
        let place = server.map { " at \($0.label)" } ?? ""
        return ClientError(
            504, "request_failed",
            "request timed out: model '\(model.prefix(256))' had no answer\(place) within \(total), the most that this "
                + "router lets a request take; ask for less or try again later.", code: .requestTimeout)
    }

    static func retriesExhausted(_ server: TargetServer, tried: String) -> ClientError {
        var error = ClientError(
            503, "proxy",
            "no retry left for \(server.label) (\(tried)): too many requests to it are being retried; try again in "
                + "a moment, and look at these pods.", code: .retryBudget)
        error.retryAfterSeconds = 1
        return error
    }
}

extension TargetServer {
    /// Its kind and name.
    var label: String {
        switch backend {
        case .modelServer: "ModelServer \(name)"
        case .inferencePool: "InferencePool \(name)"
        case .externalProvider: "external model provider \(name)"
        }
    }
}
