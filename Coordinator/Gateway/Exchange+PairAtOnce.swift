import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

/// Pairs whose legs run at once: the engines meet by themselves.
extension Exchange {
    /// Sends both legs into rooms of the prefill engine's bootstrap server; each attempt has rooms of its own.
    func meetInRooms(_ prefill: Endpoint, decode: Endpoint) {
        guard let bodies else { return }
        let body = self.body
        let count = BootstrapRooms.count(of: body.span, members)
        guard count ?? 1 <= BootstrapRooms.roomsMax else { return refuse(.tooManyPrompts(record.match)) }
        let rooms = BootstrapRooms(host: prefill.host, port: prefill.bootstrapPort, count: count) {
            context.random.next()
        }
        startBoth(
            prefill, upstreamRequest(prefill, bodies.prefill(in: rooms)), decode,
            upstreamRequest(decode, bodies.decode(in: rooms)))
    }

    /// Starts both legs. A failed decode cancels the prefill; a failed prefill fails the pair as long as nothing went
    /// to the client.
    func startBoth(
        _ prefill: Endpoint, _ prefillRequest: UpstreamRequest, _ decode: Endpoint, _ decodeRequest: UpstreamRequest
    ) {
        lease(prefill, computesPrompt: true)
        let leg = CollectedLeg(prefillRequest, pool: context.pool, loop: context.loop, timeout: legTimeout) {
            [weak self] result in
            guard let self, !self.isDone else { return }
            self.collected = nil
            self.prefillEnded(result, on: prefill, decode: decode)
        }
        collected = leg
        leg.start()
        // It may have failed at once, and another attempt begun.
        guard collected === leg else { return }
        answerFrom(decode, prefill: prefill, decodeRequest)
    }

    private func prefillEnded(
        _ result: Result<CollectedLeg.Answer, UpstreamFailure>, on prefill: Endpoint, decode: Endpoint
    ) {
        var failure: UpstreamFailure?
        switch result {
        case .failure(let reason): failure = reason
        case .success(let answer):
            switch verdict(answer) {
            case .done:
                record.prefillMilliseconds = NIODeadline.now().milliseconds(since: attemptStart)
                return endLease(on: prefill, .answered)
            case .failed(let reason): failure = reason
            case .refused:
                endLease(on: prefill, .answered)
                guard self.answer?.retract() ?? true else { return }
                self.answer = nil
                endLeases(.abandoned)
                return relayCollected(answer, from: prefill)
            }
        }
        guard let failure else { return }
        endLease(on: prefill, failure.outcome)
        // Once a byte is with the client the decode engine has the cache and goes on without the other.
        guard self.answer?.retract() ?? true else { return }
        self.answer = nil
        endLeases(.abandoned)
        prefillFailed(failure, on: prefill, decode: decode)
    }

    /// The decode leg failed: its prefill is in vain, and not to blame.
    func abandonPrefill(_ prefill: Endpoint?) {
        guard let prefill else { return }
        context.rendezvous.forget(prefill.engine)
        guard let collected else { return }
        self.collected = nil
        collected.cancel()
        endLease(on: prefill, .abandoned)
    }

    /// Ends the lease on one engine of a pair.
    private func endLease(on endpoint: Endpoint, _ outcome: InFlight.Outcome) {
        guard let index = leases.firstIndex(where: { $0.engine == endpoint.engine }) else { return }
        let lease = leases.remove(at: index)
        state.end([lease], outcome)
        way?.activeUpstream?.add(-1)
    }
}

extension ClientError {
    static func tooManyPrompts(_ match: RouteTable.Match?) -> ClientError {
        ClientError(
            400, "request_failed",
            "too many prompts in one request: the engines of \(match?.server.description ?? "this model") take at most "
                + "\(BootstrapRooms.roomsMax), counting each of the n samples; send several requests.",
            code: .tooManyPrompts)
    }
}
