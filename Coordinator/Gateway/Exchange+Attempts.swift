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
        guard attemptCount < attemptsMax else { return exhausted() }
        let choice = choices[attemptCount % choices.count]
        // Coming back to an engine that just failed, some time has to pass.
        let isRepeat = attemptCount >= choices.count
        attemptCount += 1
        if isRepeat, let interval = server?.retry?.interval {
            waiting = context.loop.assumeIsolated().scheduleTask(in: TimeAmount(interval)) { [weak self] in
                self?.begin(choice)
            }
        } else {
            begin(choice)
        }
    }

    private func begin(_ choice: Decision.Choice) {
        guard !isDone, let bodies else { return }
        attemptStart = .now()
        if record.sentAt == nil { record.sentAt = record.elapsed }
        switch choice {
        case .single(let endpoint): answerFrom(endpoint, prefill: nil, upstreamRequest(endpoint, bodies.answering))
        case .pair(let prefill, let decode): prefillOn(prefill, decode: decode)
        }
    }

    /// Every choice failed.
    private func exhausted() {
        guard let server else { return }
        if server.external != nil { return refuse(externalFailure(server)) }
        if server.isDisaggregated, !triesDecodeAlone, let decode = decodeAlone() {
            // The decode engine can compute the prompt itself: slower than a pair, better than nothing.
            triesDecodeAlone = true
            attemptStart = .now()
            answerFrom(decode, prefill: nil, upstreamRequest(decode, bodies?.decode(nil) ?? body))
            return
        }
        let tried = record.attempts.suffix(8).map { attempt in
            let pod = [attempt.prefill, attempt.endpoint].compactMap { $0?.engine.pod }.joined(separator: " and ")
            return "\(pod): \(attempt.outcome)"
        }.joined(separator: "; ")
        if server.isDisaggregated {
            refuse(
                ClientError(
                    500, "proxy",
                    "all prefill/decode attempts failed for ModelServer \(server.name) (\(tried)); look at these pods.")
            )
        } else {
            refuse(
                ClientError(
                    503, "proxy",
                    "request to all pods failed for ModelServer \(server.name) (\(tried)); look at these pods."))
        }
    }

    private func decodeAlone() -> Endpoint? {
        let now = NIODeadline.now().duration
        let inFlight = state.inFlight.withLock { $0 }
        let decodes = choices.map(\.answering)
        return decodes.first { !inFlight.isEjected($0.engine, now: now) }
    }

    /// Takes a lease on an engine for as long as this attempt lasts.
    func lease(_ endpoint: Endpoint) {
        let now = NIODeadline.now().duration
        var tokens = 0
        if endpoint.role != .decode {
            tokens = max(1, record.promptTokens - (record.decision?.heldTokens(endpoint) ?? 0))
        }
        let chain = endpoint.role == .decode ? [] : chainHashes
        let plan = record.decision?.plan
        let number = plan.flatMap { plan in plan.place(of: endpoint).map { plan.numbers[$0] } }
        leases.append(
            state.inFlight.withLock {
                $0.begin(
                    on: endpoint.engine, number: number, rank: routing.ranks[endpoint.engine], uncachedTokens: tokens,
                    chain: chain, now: now)
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
    func key(of endpoint: Endpoint) -> UpstreamKey {
        UpstreamKey(
            host: endpoint.host, port: endpoint.port,
            tls: server?.scheme == .https ? UpstreamTLS(host: endpoint.host) : nil)
    }

    /// Sends the request whose answer the client gets.
    func answerFrom(_ endpoint: Endpoint, prefill: Endpoint?, _ request: UpstreamRequest) {
        guard !isDone, let server else { return }
        lease(endpoint)
        let leg = AnswerLeg(
            self, request, endpoint: endpoint, prefill: prefill,
            headTimeout: server.timeout ?? configuration.headTimeout)
        answer = leg
        leg.start()
    }

    /// The answering engine did not answer; nothing went to the client.
    func answerFailed(_ leg: AnswerLeg, _ failure: UpstreamFailure) {
        guard !isDone else { return }
        answer = nil
        note(leg.endpoint, prefill: leg.prefill, failure)
        attempt()
    }

    func note(_ endpoint: Endpoint, prefill: Endpoint?, _ failure: UpstreamFailure) {
        var status: Int?
        if case .refused(let code) = failure {
            status = code
            record.upstreamStatus = code
        }
        endLeases(failure.blamesEngine ? .failed : .abandoned)
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
        state.inFlight.withLock { inFlight in
            for lease in leases { inFlight.answered(lease) }
        }
    }
}

extension UpstreamFailure {
    /// The engine is to blame, so that it is left alone for a moment.
    var blamesEngine: Bool {
        switch self {
        case .connect, .closed, .violation, .timeout: true
        case .refused(let status): status == 503
        case .tooManyConnections, .tooLarge: false
        }
    }
}
