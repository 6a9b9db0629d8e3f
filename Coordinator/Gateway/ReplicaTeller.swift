import AgentProtocol
import Fleet
import NIOCore
import Observability
import Routing
import Synchronization

/// Tells the other replicas what this one has under way, in batches.
///
/// 1. A change is told `pause` after it at the latest, with all that changed meanwhile.
/// 2. What lasts is told again each `period`, well before it expires elsewhere.
final class ReplicaTeller: Sendable {
    static let pause = Duration.milliseconds(10)
    static let period = Duration.seconds(2)

    private let replicas: ReplicaExchange
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    /// It is awake, so nobody has to wake it.
    private let isAwake = Atomic(false)

    init(_ replicas: ReplicaExchange) {
        self.replicas = replicas
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Called after a change.
    func nudge() {
        if isAwake.exchange(true, ordering: .acquiringAndReleasing) { return }
        wake.yield()
    }

    /// Tells until cancelled.
    func run(_ state: GatewayState) async {
        await withTaskGroup { tasks in
            tasks.addTask {
                for await _ in self.wakes {
                    do { try await Task.sleep(for: Self.pause) } catch { return }
                    self.isAwake.store(false, ordering: .sequentiallyConsistent)
                    self.tell(state)
                }
            }
            tasks.addTask {
                while (try? await Task.sleep(for: Self.period)) != nil { state.withLedger { $0.tellAgain() } }
            }
        }
    }
}

extension ReplicaTeller {
    private func tell(_ state: GatewayState) {
        let (changes, dropped) = state.inFlight.withLock { ($0.takeUntold(), $0.takeDroppedPrompts()) }
        state.metrics.replicas.told.add(Double(changes.count))
        if dropped > 0 { state.metrics.replicas.dropped.add(Double(dropped)) }
        replicas.tell(changes, engine: \.engine) { $0.work(incarnation: $1) }
    }
}

extension GatewayState {
    /// Changes what is in flight; other replicas hear of it.
    func withLedger<Result: Sendable>(_ body: (inout InFlight) -> Result) -> Result {
        guard let replicaTeller else { return inFlight.withLock { body(&$0) } }
        let (result, hasUntold) = inFlight.withLock { inFlight in
            let result = body(&inFlight)
            return (result, inFlight.hasUntold)
        }
        if hasUntold { replicaTeller.nudge() }
        return result
    }

    /// Takes what other replicas have under way.
    func hearReplicas() {
        fleet.replicas?.listen { [weak self] work in
            guard let self else { return }
            metrics.replicas.heard.add(Double(work.engines.count))
            inFlight.withLock { $0.take(work, now: NIODeadline.now().duration) }
        } reach: { [weak self] isReached in
            self?.withLedger { $0.setTelling(isReached) }
        }
    }
}
