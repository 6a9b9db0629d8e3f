package import AgentProtocol

extension InFlight {
    /// Whether an engine gets requests, and what keeps them away.
    package struct Standing: Sendable, Hashable {
        package var engine: EngineID
        package var requests: Int
        package var isLeftAlone: Bool
        /// Nothing keeps requests away; otherwise it is left alone or waits for a probe.
        package var isClosed: Bool
        /// Why it was left alone last.
        package var cause: CircuitBreaker.Cause
    }

    /// Every engine that was left alone since it is known, in order of names.
    package func standings(now: Duration) -> [Standing] {
        places.compactMap { engine, place in
            let breaker = breakers[place]
            guard let cause = breaker.cause else { return nil }
            return Standing(
                engine: engine, requests: engines[place].requests, isLeftAlone: breaker.isLeftAlone(now: now),
                isClosed: breaker.isClosed, cause: cause)
        }.sorted { $0.engine < $1.engine }
    }

    /// The first byte of an answer came: the prompt is computed, and how long that took tells the engine's pace.
    package mutating func produced(_ lease: Lease, now: Duration) -> HealthChange? {
        if let work = waiting[lease.place].first(where: { $0.lease == lease.number }) {
            watches[lease.place].answered(work.wait, now: now)
        }
        answered(lease, now: now)
        return changed(lease, breakers[lease.place].recovered(), now)
    }

    /// More of an answer came.
    package mutating func moved(_ lease: Lease, now: Duration) -> HealthChange? {
        watches[lease.place].moved(now: now)
        return changed(lease, breakers[lease.place].recovered(), now)
    }

    mutating func changed(_ lease: Lease, _ change: CircuitBreaker.Change?, _ now: Duration) -> HealthChange? {
        guard let change else { return nil }
        engines[lease.place].isTripped = !breakers[lease.place].isClosed
        return HealthChange(engine: lease.engine, change: change, at: now)
    }

    /// It is long enough since the engine of a request was looked at, so that `judge` reads its agent's picture.
    package func isDue(_ lease: Lease, now: Duration) -> Bool { watches[lease.place].isDue(now: now) }

    /// Whether the engine of a request that waits for its answer's first byte is stuck, and what that changes. `load`
    /// is its agent's newest picture of it; nil where there is none.
    package mutating func judge(
        _ lease: Lease, load: EngineLoad?, now: Duration
    ) -> (isStuck: Bool, change: HealthChange?) {
        let place = lease.place
        if watches[place].isDue(now: now) {
            watches[place].look(
                waiting[place].lazy.map(\.wait), load: load, isOnProbation: engines[place].isTripped, now: now,
                watchPolicy)
        }
        guard !watches[place].isFine, let own = waiting[place].first(where: { $0.lease == lease.number }),
            watches[place].isStuck(own.wait, now: now, watchPolicy)
        else { return (false, nil) }
        let change = breakers[place].trip(.stuck, latest: leases, now: now, breakerPolicy)
        return (true, changed(lease, change, now))
    }
}

extension InFlight.Outcome {
    var health: CircuitBreaker.Outcome {
        switch self {
        case .answered: .success
        case .failed: .failure
        case .faulty: .weak
        case .unreachable: .severe
        case .abandoned: .nothing
        }
    }
}
