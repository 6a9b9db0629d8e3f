import AgentProtocol
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

extension Exchange {
    /// Tries the next choice, or gives up.
    func attempt() {
        guard !isDone else { return }
        guard attemptCount > 0 else {
            let next = nextChoice()
            attemptCount = 1
            return begin(next.choice)
        }
        guard attemptCount < attemptsMax, isReplayable || retry.lastFailure?.leftNoTrace == true else {
            return exhausted()
        }
        guard mayRetry() else { return refuseRetry() }
        let next = nextChoice()
        let pauses = RetryPause(interval: server?.retry?.interval)
        let pause =
            retry.lastFailure == .refused(status: 404)
            ? .zero : pauses.pause(before: attemptCount, isRepeat: next.isRepeat, draw: context.random.next())
        attemptCount += 1
        guard pause > .zero else { return begin(next.choice) }
        waiting = context.loop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) { [weak self] in
            self?.begin(next.choice)
        }
    }

    private func begin(_ choice: Decision.Choice) {
        guard !isDone, let bodies else { return }
        attemptStart = .now()
        if record.sentAt == nil { record.sentAt = record.elapsed }
        switch choice {
        case .single(let endpoint): answerFrom(endpoint, prefill: nil, upstreamRequest(endpoint, bodies.answering))
        case .pair(let prefill, let decode): begin(prefill: prefill, decode: decode)
        }
    }

    /// Every choice failed.
    private func exhausted() {
        guard let server else { return }
        if server.external != nil { return refuse(externalFailure(server)) }
        if server.isDisaggregated, !triesDecodeAlone, let decode = decodeAlone(server) {
            // The decode engine can compute the prompt itself: slower than a pair, better than nothing.
            triesDecodeAlone = true
            attemptStart = .now()
            answerFrom(decode, prefill: nil, upstreamRequest(decode, bodies?.answering ?? body))
            return
        }
        let isPair = server.isDisaggregated
        refuse(
            ClientError(
                isPair ? 500 : 503, "proxy",
                "\(isPair ? "all prefill/decode attempts failed" : "request to all pods failed") for \(server.label) "
                    + "(\(tries)); look at these pods.", code: .allPodsFailed))
    }

    private func refuseRetry() {
        guard let server else { return }
        refuse(.retriesExhausted(server, tried: tries))
    }

    /// The last tries and how they ended.
    private var tries: String {
        record.attempts.suffix(8).map { attempt in
            let pod = [attempt.prefill, attempt.endpoint].compactMap { $0?.engine.pod }.joined(separator: " and ")
            return "\(pod): \(attempt.outcome)"
        }.joined(separator: "; ")
    }

    private func decodeAlone(_ server: TargetServer) -> Endpoint? {
        guard server.connector.decodesAlone else { return nil }
        let now = NIODeadline.now().duration
        let decodes = choices.map(\.answering)
        return state.inFlight.withLock { inFlight in
            decodes.first { !inFlight.isEjected($0.engine, now: now) }
        }
    }

    /// Takes a lease on an engine for as long as this attempt lasts.
    func lease(_ endpoint: Endpoint, computesPrompt: Bool) {
        let now = NIODeadline.now().duration
        var tokens = 0
        if computesPrompt { tokens = max(1, record.promptTokens - (record.decision?.heldTokens(endpoint) ?? 0)) }
        let chain = computesPrompt ? chainHashes : []
        let plan = record.decision?.plan
        let number = plan.flatMap { plan in plan.place(of: endpoint).map { plan.numbers[$0] } }
        leases.append(
            state.withLedger {
                $0.begin(
                    on: endpoint.engine, number: number, rank: routing.ranks[endpoint.engine], uncachedTokens: tokens,
                    chain: chain, isPrompt: endpoint.role == .prefill || members.isTrue(.stream),
                    awaits: computesPrompt ? nil : record.promptTokens, now: now)
            })
        way?.activeUpstream?.add(1)
    }

    func upstreamRequest(_ endpoint: Endpoint, _ body: [UInt8]) -> UpstreamRequest {
        if server?.isExternal == true, let external = server?.external { return externalRequest(external, body) }
        let match = record.match
        var bytes: [UInt8] = []
        HeadWriter.request(
            head, target: match?.path.map { target($0) }, host: match?.host ?? endpoint.authority,
            requestID: record.id, bodyLength: body.count, trace: record.trace?.outgoing, into: &bytes)
        addRank(of: endpoint, to: &bytes)
        return UpstreamRequest(key: key(of: endpoint), head: bytes, body: body, isBodyless: head.method == .head)
    }

    /// A rewritten path with the request's own query.
    private func target(_ path: String) -> String {
        head.queryText.isEmpty ? path : "\(path)?\(head.queryText)"
    }

    /// The connections that lead to an endpoint of the target.
    func key(of endpoint: Endpoint) -> UpstreamKey { UpstreamKey(endpoint, server?.scheme ?? .http) }

    /// Sends the request whose answer the client gets.
    func answerFrom(_ endpoint: Endpoint, prefill: Endpoint?, _ request: UpstreamRequest) {
        guard !isDone else { return }
        lease(endpoint, computesPrompt: prefill == nil)
        let leg = AnswerLeg(self, request, endpoint: endpoint, prefill: prefill, headTimeout: legTimeout)
        answer = leg
        leg.start()
    }

    /// The answering engine did not answer; nothing went to the client.
    func answerFailed(_ leg: AnswerLeg, _ failure: UpstreamFailure) {
        guard !isDone else { return }
        answer = nil
        abandonPrefill(leg.prefill)
        note(leg.endpoint, prefill: leg.prefill, failure)
        attempt()
    }

    func note(_ endpoint: Endpoint, prefill: Endpoint?, _ failure: UpstreamFailure) {
        var status: Int?
        if case .refused(let code) = failure {
            status = code
            record.upstreamStatus = code
        }
        retry.lastFailure = failure
        endLeases(failure.outcome)
        state.metrics.attempts.add(1, [failure.kind])
        record.attempts.append(
            RequestRecord.Attempt(
                endpoint: endpoint, prefill: prefill, outcome: failure.text, status: status,
                milliseconds: NIODeadline.now().milliseconds(since: attemptStart)))
    }

    /// The answer's head is here and will be relayed.
    func answerBegan(_ leg: AnswerLeg, _ head: ResponseHead) {
        record.status = head.status
        record.upstreamStatus = head.status
        record.headAt = record.elapsed
        context.series.answered.add(1)
        record.attempts.append(
            RequestRecord.Attempt(
                endpoint: leg.endpoint, prefill: leg.prefill, outcome: "answered", status: head.status,
                milliseconds: NIODeadline.now().milliseconds(since: attemptStart)))
    }

    /// The first byte of the answer's body: the engine has computed the prompt.
    func answerProduces() {
        record.firstByteAt = record.elapsed
        for lease in leases { state.produced(lease) }
    }
}

extension UpstreamFailure {
    /// What it says of the engine.
    var outcome: InFlight.Outcome {
        switch self {
        case .connect, .stuck: .unreachable
        case .closed, .violation, .timeout: .failed
        case .refused(let status): status >= 500 ? .failed : .abandoned
        case .tooManyConnections, .tooLarge, .clientStalled: .abandoned
        }
    }

    /// The engine cannot have begun to do what it was asked.
    var leftNoTrace: Bool {
        switch self {
        case .connect, .tooManyConnections: true
        case .refused(let status): status == 503 || status == 404
        case .closed, .violation, .timeout, .stuck, .clientStalled, .tooLarge: false
        }
    }

    /// Statuses that say that the engine, or what stands before it, did not get to the request.
    static func isRetried(status: Int) -> Bool { status == 502 || status == 503 || status == 504 }
}
