package import KubernetesAPI
package import Logging
package import Observability
package import ServiceLifecycle
import Synchronization

/// Runs services on one replica at a time: on the one that holds a Lease.
///
/// 1. The services of a term run only while the Lease was renewed within `renewDeadline`, counted from before the
///    request that renewed it; then they are cancelled, whatever that request is doing, and another term, with services
///    made anew, may follow.
/// 2. At graceful shutdown the services end first, in reverse order, while the Lease goes on being renewed; then it is
///    released, so that the next leader need not wait for its duration.
/// 3. An API server that does not answer ends no process: a follower goes on trying, a leader becomes a follower.
/// 4. A service that fails ends the term, and with it `run()`, after the Lease is released.
package final class LeaderElection: Service, Sendable {
    /// Where the Lease lives.
    package let key: ObjectKey
    private let client: KubernetesClient
    private let logger: Logger
    private let leads: Cell
    private let timing: LeaseTiming
    private let services: @Sendable () -> [any Service]
    private let state: Mutex<State>
    private let start = ContinuousClock.now

    private struct State {
        var machine: LeaseMachine
        var isLeader = false
        /// When the request that last took or renewed the Lease was made.
        var renewedAt: Duration = .zero
    }

    /// `services` makes what a leader runs, in the order of dependence, once a term. `client` should be the election's
    /// own, so that its requests wait neither for a limit nor behind others.
    package init(
        _ client: KubernetesClient, key: ObjectKey, identity: String, timing: LeaseTiming = .standard,
        metrics: MetricsRegistry, logger: Logger, services: @escaping @Sendable () -> [any Service]
    ) {
        self.client = client
        self.key = key
        self.timing = timing
        self.services = services
        state = Mutex(State(machine: LeaseMachine(identity: identity, timing: timing)))
        leads = metrics.gauge(
            "leader_election_master_status", help: "1 on the replica that holds the Lease, else 0.", labels: ["name"]
        ).cell([key.name])
        leads.set(0)
        var logger = logger
        logger[metadataKey: "lease"] = "\(key)"
        logger[metadataKey: "identity"] = "\(identity)"
        self.logger = logger
    }

    /// This replica holds the Lease.
    package var isLeader: Bool { state.withLock { $0.isLeader } }

    /// Who holds the Lease as far as this replica has seen; empty for nobody.
    package var holder: String { state.withLock { $0.machine.holder } }

    package func run() async throws {
        while await acquire() { try await lead() }
        // A request to take the Lease that was cut off may have been carried out.
        if state.withLock({ $0.machine.mayHold }) { await release() }
    }

    /// Tries until the Lease is held; false where the process stops first.
    private func acquire() async -> Bool {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if await self.hold() { return true }
                await self.pause()
            }
            return false
        }
    }

    /// Why a term is over.
    private enum End: Sendable {
        case servicesEnded
        case servicesFailed(any Error)
        case notRenewed
        case takenByAnother
    }

    /// One term.
    private func lead() async throws {
        set(isLeader: true)
        let term = ServiceGroup(services: services(), logger: logger)
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask {
                do {
                    try await term.run()
                    return .servicesEnded
                } catch {
                    return .servicesFailed(error)
                }
            }
            group.addTask { await self.renew() }
            group.addTask { await self.waitForDeadline() }
            defer { group.cancelAll() }
            return await group.next() ?? .servicesEnded
        }
        set(isLeader: false, end)
        await release()
        if case .servicesFailed(let error) = end, !Task.isCancelled { throw error }
    }

    /// Renews until another holds the Lease.
    private func renew() async -> End {
        while !Task.isCancelled {
            await pause()
            if await !hold(), !state.withLock({ $0.machine.mayHold }) { return .takenByAnother }
        }
        return .servicesEnded
    }

    /// Returns when the last renewal is the deadline ago.
    private func waitForDeadline() async -> End {
        while !Task.isCancelled {
            let left = state.withLock { $0.renewedAt } + timing.renewDeadline - now
            if left <= .zero { return .notRenewed }
            try? await Task.sleep(for: left)
        }
        return .servicesEnded
    }

    private struct Late: Error, CustomStringConvertible {
        var limit: Duration
        var description: String { "the API server did not answer within \(limit)" }
    }

    /// Takes or renews the Lease; false where another holds it or the API server did not agree.
    ///
    /// It takes half the deadline at most, so that one connection that died leaves time for another.
    private func hold() async -> Bool {
        let limit = timing.renewDeadline / 2
        do {
            return try await withTimeout(limit, throwing: Late(limit: limit)) { try await self.tryToHold() }
        } catch let error as APIStatus where error.reason == .conflict || error.reason == .alreadyExists {
            return false
        } catch {
            if !Task.isCancelled {
                logger.warning("Reading or writing the Lease failed, trying again", metadata: ["error": "\(error)"])
            }
            return false
        }
    }

    private func tryToHold() async throws -> Bool {
        let lease = try await stored()
        let asked = now
        let step = state.withLock { state in
            state.machine.see(lease, at: asked)
            return state.machine.next(at: asked, wall: Self.wall)
        }
        var object = lease ?? KubernetesObject(.lease, namespace: key.namespace, name: key.name)
        switch step {
        case .wait:
            return false
        case .create(let spec):
            object.spec = spec
            object = try await client.create(.lease, object)
        case .replace(let spec):
            object.spec = spec
            object = try await client.replace(.lease, object)
        }
        state.withLock { state in
            state.machine.see(object, at: now)
            state.renewedAt = asked
        }
        return true
    }

    private func stored() async throws -> KubernetesObject? {
        do {
            return try await client.get(.lease, namespace: key.namespace, name: key.name)
        } catch let error as APIStatus where error.reason == .notFound {
            return nil
        }
    }

    /// Best effort: a Lease that stays is taken by another when its duration is over.
    private func release() async {
        let limit = timing.retryPeriod
        try? await withTimeout(limit, throwing: Late(limit: limit)) {
            let lease = try await self.stored()
            let spec = self.state.withLock { state in
                state.machine.see(lease, at: self.now)
                return state.machine.released(wall: Self.wall)
            }
            guard var lease, let spec else { return }
            lease.spec = spec
            let released = try await self.client.replace(.lease, lease)
            self.state.withLock { $0.machine.see(released, at: self.now) }
            self.logger.info("Released the Lease")
        }
    }

    private func set(isLeader: Bool, _ end: End? = nil) {
        state.withLock { $0.isLeader = isLeader }
        leads.set(isLeader ? 1 : 0)
        guard let end else {
            logger.info("Began to lead")
            return
        }
        switch end {
        case .servicesEnded: logger.info("Stopped leading")
        case .servicesFailed(let error):
            logger.error("Stopped leading: a service failed", metadata: ["error": "\(error)"])
        case .notRenewed: logger.warning("Stopped leading: the Lease could not be renewed in time")
        case .takenByAnother:
            logger.warning("Stopped leading: another holds the Lease", metadata: ["holder": "\(holder)"])
        }
        let silence = now - state.withLock { $0.renewedAt }
        if silence > timing.duration {
            logger.error("Services went on after the Lease was over", metadata: ["sinceRenewal": "\(silence)"])
        }
    }

    private func pause() async {
        try? await Task.sleep(for: timing.retryPeriod * Double.random(in: 1...LeaseTiming.pauseMax))
    }

    /// Since this was made, by a clock that only goes forward.
    private var now: Duration { ContinuousClock.now - start }
    private static var wall: Timestamp { Timestamp(microseconds: WallClock.microseconds) }
}
