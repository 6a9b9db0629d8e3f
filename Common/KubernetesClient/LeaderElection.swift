package import KubernetesAPI
package import Logging
package import Observability
package import ServiceLifecycle
import Synchronization

/// Runs services on one replica at a time: on the one that holds a Lease.
///
/// 1. The services of a term run only while the Lease was renewed within `renewDeadline`; then they are cancelled, and
///    another term, with services made anew, may follow.
/// 2. At graceful shutdown the services end first, in reverse order; then the Lease is released, so that the next
///    leader need not wait for its duration.
/// 3. An API server that does not answer ends no process: a follower goes on trying, a leader becomes a follower.
package final class LeaderElection: Service, Sendable {
    /// Where the Lease lives.
    package let key: ObjectKey
    private let client: KubernetesClient
    private let logger: Logger
    private let leads: Gauge
    private let services: @Sendable () -> [any Service]
    private let machine: Mutex<LeaseMachine>
    private let leading = Mutex(false)
    private let start = ContinuousClock.now

    /// `services` makes what a leader runs, in the order of dependence, once a term.
    package init(
        _ client: KubernetesClient, key: ObjectKey, identity: String, timing: LeaseTiming = .standard,
        metrics: MetricsRegistry, logger: Logger, services: @escaping @Sendable () -> [any Service]
    ) {
        self.client = client
        self.key = key
        self.services = services
        machine = Mutex(LeaseMachine(identity: identity, timing: timing))
        leads = metrics.gauge(
            "leader_election_master_status", help: "1 on the replica that holds the Lease, else 0.", labels: ["name"])
        leads.set(0, [key.name])
        var logger = logger
        logger[metadataKey: "lease"] = "\(key)"
        self.logger = logger
    }

    /// This replica holds the Lease.
    package var isLeader: Bool { leading.withLock { $0 } }

    package func run() async throws {
        let (isStopping, stop) = AsyncStream.makeStream(of: Never.self)
        try await withGracefulShutdownHandler {
            while !Task.isCancelled, await acquire(until: isStopping) { try await lead() }
        } onGracefulShutdown: {
            stop.finish()
        }
    }

    /// Tries until the Lease is held; false where the process stops first.
    private func acquire(until isStopping: AsyncStream<Never>) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in isStopping {}
                return false
            }
            group.addTask {
                while !Task.isCancelled {
                    if await self.hold() { return true }
                    await self.pause()
                }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// One term.
    private func lead() async throws {
        set(isLeader: true)
        defer { set(isLeader: false) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let term = ServiceGroup(services: services(), logger: logger)
            group.addTask { try await term.run() }
            group.addTask { await self.renewUntilLost() }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch is CancellationError {
            }
        }
        await release()
    }

    /// Returns once the Lease was not renewed for the deadline, or another holds it.
    private func renewUntilLost() async {
        let clock = ContinuousClock()
        let deadline = machine.withLock { $0.timing.renewDeadline }
        var renewed = clock.now
        while !Task.isCancelled {
            await pause()
            let asked = clock.now
            let isHeld = try? await withTimeout(max(.zero, deadline - (asked - renewed)), throwing: Late()) {
                await self.hold()
            }
            if isHeld == true {
                renewed = asked
            } else if clock.now - renewed >= deadline || machine.withLock({ $0.holder != $0.identity }) {
                return
            }
        }
    }

    private struct Late: Error {}

    /// Takes or renews the Lease; false where another holds it or the API server did not agree.
    private func hold() async -> Bool {
        do {
            let lease = try await stored()
            let step = machine.withLock { machine in
                machine.see(lease, at: now)
                return machine.next(at: now, wall: Self.wall)
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
            machine.withLock { $0.see(object, at: now) }
            return true
        } catch let error as APIStatus where error.reason == .conflict || error.reason == .alreadyExists {
            return false
        } catch {
            if !Task.isCancelled {
                logger.warning("Reading or writing the Lease failed, trying again", metadata: ["error": "\(error)"])
            }
            return false
        }
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
        let limit = machine.withLock { $0.timing.retryPeriod }
        try? await withTimeout(limit, throwing: Late()) {
            guard var lease = try await self.stored() else { return }
            let spec = self.machine.withLock { machine in
                machine.see(lease, at: self.now)
                return machine.released(wall: Self.wall)
            }
            guard let spec else { return }
            lease.spec = spec
            _ = try await self.client.replace(.lease, lease)
        }
    }

    private func set(isLeader: Bool) {
        leading.withLock { $0 = isLeader }
        leads.set(isLeader ? 1 : 0, [key.name])
        logger.info(isLeader ? "Began to lead" : "Stopped leading")
    }

    /// The retry period, longer by up to a fifth, so that followers do not come all at once.
    private func pause() async {
        let period = machine.withLock { $0.timing.retryPeriod }
        try? await Task.sleep(for: period * Double.random(in: 1...1.2))
    }

    /// Since this was made, by a clock that only goes forward.
    private var now: Duration { ContinuousClock.now - start }
    private static var wall: Timestamp { Timestamp(microseconds: WallClock.microseconds) }
}
