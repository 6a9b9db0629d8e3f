import Governance
import HTTPWire
import NIOCore
import Observability

extension Exchange {
    /// Goes on to the route where there is room for one more request of this model; else waits for it.
    func queue() throws(ClientError) {
        // A model that no route serves is refused there, and never waits.
        guard let moment, let served else { return try match() }
        var session: String?
        if case .sessionBoost(let boost) = state.rooms.policy.order {
            session = head.fields.first(named: boost.header).flatMap { $0.isEmpty ? nil : String($0.prefix(256)) }
        }
        let (ticket, arrival) = state.rooms.enter(
            moment.room(of: served), user: admission.caller.user, session: session, bytes: body.count, on: context.loop,
            resume: {
                let bound = NIOLoopBound(self, eventLoop: self.context.loop)
                return { bound.eventLoop.execute { bound.value.resumed() } }
            })
        switch arrival {
        case .admitted:
            admission.ticket = ticket
            try match()
        case .waits:
            admission.ticket = ticket
            admission.isWaiting = true
            countWaiting(1)
            guard let timeout = state.rooms.policy.timeout else { return }
            waiting = context.loop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [weak self] in
                self?.waitedTooLong()
            }
        case .full:
            state.metrics.governance.limitExceeded.add(1, [modelLabel, "requests", pathLabel])
            throw .roomFull(record.model)
        }
    }

    private func resumed() {
        guard !isDone, admission.isWaiting else { return }
        admission.isWaiting = false
        countWaiting(-1)
        waiting?.cancel()
        waiting = nil
        do { try match() } catch { refuse(error) }
    }

    private func waitedTooLong() {
        // Where it was just let in, its turn comes with the next event.
        guard !isDone, admission.isWaiting else { return }
        switch state.rooms.policy.order {
        case .arrival:
            state.metrics.governance.limitExceeded.add(1, [modelLabel, "requests", pathLabel])
            refuse(.roomFull(record.model))
        case .fairness, .sessionBoost: refuse(.queueTimeout)
        }
    }

    /// Gives the place in the waiting room back.
    func leaveRoom() {
        guard let ticket = admission.ticket else { return }
        admission.ticket = nil
        state.rooms.leave(ticket, record, on: context.loop)
    }
}

extension ClientError {
    static func roomFull(_ model: String) -> ClientError {
        var error = ClientError(
            429, "rate_limit",
            "request rate limit exceeded: the engines of model '\(model.prefix(256))' have all they can take, and so "
                + "many requests wait already; try again in a moment, or add replicas.", code: .queueFull)
        error.retryAfterSeconds = 1
        return error
    }

    static let queueTimeout = ClientError(
        504, "request_failed",
        "Request processing timed out in queue: too many requests of other users are before it; try again later.",
        code: .queueTimeout)

    static let leftQueue = ClientError(
        503, "request_failed", "Client disconnected while waiting in queue", code: .clientGone)
}
