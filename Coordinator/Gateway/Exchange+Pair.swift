import HTTPWire
import NIOCore
import Routing

extension Exchange {
    /// First leg of a pair: the prefill engine computes the prompt, and its answer says where the cache is.
    func prefillOn(_ prefill: Endpoint, decode: Endpoint) {
        guard let server, let bodies else { return }
        lease(prefill)
        let leg = CollectedLeg(
            upstreamRequest(prefill, bodies.prefill(server.connector)), pool: context.pool, loop: context.loop,
            timeout: server.timeout ?? configuration.headTimeout
        ) { [weak self] result in
            guard let self, !self.isDone else { return }
            self.collected = nil
            switch result {
            case .success(let answer): self.prefilled(answer, on: prefill, decode: decode)
            case .failure(let failure): self.prefillFailed(failure, on: prefill, decode: decode)
            }
        }
        collected = leg
        leg.start()
    }

    private func prefillFailed(_ failure: UpstreamFailure, on prefill: Endpoint, decode: Endpoint) {
        note(decode, prefill: prefill, failure)
        attempt()
    }

    private func prefilled(_ answer: CollectedLeg.Answer, on prefill: Endpoint, decode: Endpoint) {
        let status = answer.head.status
        let isRetriedAdapter = status == 404 && record.match?.isAdapter == true && attemptCount < attemptsMax
        if status >= 500 || isRetriedAdapter {
            return prefillFailed(.refused(status: status), on: prefill, decode: decode)
        }
        record.prefillMilliseconds = NIODeadline.now().milliseconds(since: attemptStart)
        endLeases(.answered)
        if status >= 300 {
            // The request itself is at fault, so the client gets the engine's own words.
            return relayCollected(answer, from: prefill)
        }
        var parameters: [UInt8]?
        if server?.connector.relaysParameters == true {
            parameters = TransferParameters.object(in: answer.body.span)
        }
        guard let bodies else { return }
        var request = upstreamRequest(decode, bodies.decode(parameters))
        if parameters != nil {
            // Blocks that the prefill engine gave away by then may hold another prompt, and nothing would notice.
            let expiry = NIODeadline.now() + configuration.transferLease
            let plain = upstreamRequest(decode, bodies.decode(nil))
            request.late = UpstreamRequest.Late(from: expiry, head: plain.head, body: plain.body)
        }
        answerFrom(decode, prefill: prefill, request)
    }

    /// Relays an answer that was collected whole.
    private func relayCollected(_ answer: CollectedLeg.Answer, from endpoint: Endpoint) {
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
