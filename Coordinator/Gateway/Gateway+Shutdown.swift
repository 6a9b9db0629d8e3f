import Logging
import Observability
import ServiceLifecycle
import Synchronization

extension Gateway {
    /// How often it is looked whether the last connection is gone.
    private static let drainStep = Duration.milliseconds(20)
    /// Time for connections that are cut off to notice it; loops look at them every `LoopTimer.interval`.
    private static let cutTime = Duration.seconds(1)

    /// Waits for shutdown; from then on the gateway is not ready, and goes on accepting for the grace.
    func leave() async {
        // Cancelled instead, there is no time for anything.
        let isGraceful = (try? await gracefulShutdown()) != nil
        state.isDraining.store(true, ordering: .relaxed)
        guard isGraceful else { return }
        logger.info("Shutting down", metadata: ["requests": "\(state.active.load(ordering: .relaxed))"])
        try? await Task.sleep(for: configuration.readinessGrace)
    }

    /// Waits until every client has its answer and is gone, as long as that may take; then cuts off what is left.
    func drain(_ loops: GatewayLoops) async {
        await waitForClients(within: configuration.drainTimeout)
        let left = state.active.load(ordering: .relaxed)
        if left > 0, !Task.isCancelled {
            state.metrics.fronts.cutRequests.add(Double(left))
            logger.warning(
                "Cutting off requests that did not end in time",
                metadata: ["requests": "\(left)", "drainTimeout": "\(configuration.drainTimeout)"])
        }
        state.isCuttingOff.store(true, ordering: .relaxed)
        await waitForClients(within: Self.cutTime)
        loops.closeIdle()
        logger.info("Stopped serving requests")
    }

    private func waitForClients(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while state.connections.load(ordering: .relaxed) > 0, ContinuousClock.now < deadline {
            // A cancelled task's sleep returns at once; then there is no more time to wait either.
            guard (try? await Task.sleep(for: Self.drainStep)) != nil else { return }
        }
    }
}
