import HTTPWire
import NIOCore
import Routing

extension Exchange {
    /// Sends a request to a prefill and a decode engine in the way their connector has.
    func begin(prefill: Endpoint, decode: Endpoint) {
        precondition(
            prefill.role == .prefill && decode.role == .decode, "Exchange 5: \(prefill.engine), \(decode.engine)")
        guard let server, let bodies else { return }
        switch server.connector {
        case .http, .lmcache: prefillOn(prefill, decode: decode, upstreamRequest(prefill, bodies.prefill(nil)))
        case .nixl:
            prefillOn(prefill, decode: decode, upstreamRequest(prefill, bodies.prefill(TransferParameters.prefill)))
        case .mooncake: meetOrPrefill(prefill, decode: decode)
        case .bootstrap: meetInRooms(prefill, decode: decode)
        }
    }

    /// First leg of a pair whose legs follow each other: the prefill engine computes the prompt.
    func prefillOn(_ prefill: Endpoint, decode: Endpoint, _ request: UpstreamRequest, transferID: String = "") {
        lease(prefill, computesPrompt: true)
        let leg = CollectedLeg(request, pool: context.pool, loop: context.loop, timeout: legTimeout) {
            [weak self] result in
            guard let self, !self.isDone else { return }
            self.collected = nil
            switch result {
            case .success(let answer): self.prefilled(answer, on: prefill, decode: decode, transferID: transferID)
            case .failure(let failure): self.prefillFailed(failure, on: prefill, decode: decode)
            }
        }
        collected = leg
        leg.start()
    }

    /// The time a prefill has for its whole answer, and a decode to the head of its one.
    var legTimeout: Duration { server?.timeout ?? configuration.headTimeout }

    func prefillFailed(_ failure: UpstreamFailure, on prefill: Endpoint, decode: Endpoint) {
        context.rendezvous.forget(prefill.engine)
        note(decode, prefill: prefill, failure)
        attempt()
    }

    /// What a prefill's answer means for its pair.
    enum PrefillVerdict {
        case done
        /// The engines are at fault, so that another pair is tried.
        case failed(UpstreamFailure)
        /// The request itself is at fault, so that the client gets the engine's own words.
        case refused
    }

    func verdict(_ answer: CollectedLeg.Answer) -> PrefillVerdict {
        let status = answer.head.status
        let isRetriedAdapter = status == 404 && record.match?.isAdapter == true && attemptCount < attemptsMax
        if status >= 500 || isRetriedAdapter { return .failed(.refused(status: status)) }
        return status >= 300 ? .refused : .done
    }

    private func prefilled(
        _ answer: CollectedLeg.Answer, on prefill: Endpoint, decode: Endpoint, transferID: String
    ) {
        let verdict = verdict(answer)
        if case .failed(let failure) = verdict { return prefillFailed(failure, on: prefill, decode: decode) }
        record.prefillMilliseconds = NIODeadline.now().milliseconds(since: attemptStart)
        endLeases(.answered)
        guard case .done = verdict, let server else { return relayCollected(answer, from: prefill) }
        let computed = configuration.clock()
        switch server.connector {
        case .http, .lmcache, .bootstrap: decodeOn(decode, prefill: prefill, nil, since: computed)
        case .nixl:
            let object = TransferParameters.object(in: answer.body.span)
            decodeOn(decode, prefill: prefill, object, since: computed)
        case .mooncake:
            if let object = TransferParameters.object(in: answer.body.span) {
                context.rendezvous.note(.answers, of: prefill.engine)
                decodeOn(decode, prefill: prefill, object, since: computed)
            } else {
                askBootstrap(of: prefill) { exchange in
                    let object = exchange.meeting(prefill, transferID)
                    exchange.decodeOn(decode, prefill: prefill, object, since: computed)
                }
            }
        }
    }

    /// Second leg of a pair whose legs follow each other. `object` says where the cache is that was complete at
    /// `computed`; without it the decode engine computes the prompt, or finds it in a store.
    private func decodeOn(_ decode: Endpoint, prefill: Endpoint, _ object: [UInt8]?, since computed: Duration) {
        guard !isDone, let bodies else { return }
        var request = upstreamRequest(decode, bodies.decode(object))
        if object != nil {
            // Blocks that the prefill engine gave away by then may hold another prompt, and nothing would notice.
            let plain = upstreamRequest(decode, bodies.decode(nil))
            request.late = UpstreamRequest.Late(
                from: computed + configuration.transferLease, clock: configuration.clock, head: plain.head,
                body: plain.body)
        }
        answerFrom(decode, prefill: prefill, request)
    }

    /// Relays an answer that was collected whole.
    func relayCollected(_ answer: CollectedLeg.Answer, from endpoint: Endpoint) {
        record.status = answer.head.status
        record.upstreamStatus = answer.head.status
        record.headAt = record.elapsed
        record.attempts.append(
            RequestRecord.Attempt(
                endpoint: endpoint, prefill: nil, outcome: "answered", status: answer.head.status,
                milliseconds: NIODeadline.now().milliseconds(since: attemptStart)))
        let keepsAlive = keepsClientAlive
        var bytes: [UInt8] = []
        HeadWriter.response(
            answer.head, requestID: record.id,
            style: HeadWriter.ResponseStyle(
                framing: .length(answer.body.count), keepsAlive: keepsAlive, isOldClient: head.isOld),
            into: &bytes)
        front?.write(bytes.span, answer.body.span)
        succeed(keepsAlive: keepsAlive)
    }
}
