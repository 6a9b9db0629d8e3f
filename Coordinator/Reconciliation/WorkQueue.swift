import Observability
import Synchronization

/// Keys to be worked on, each by one worker at a time, with delays and per-key back-off.
///
/// 1. What `QueueState` promises holds for any number of tasks.
/// 2. `next()` waits without polling and returns nil once the queue is shut down or the task is cancelled.
/// 3. Delays pass only while `runTimers()` runs.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// More waiting keys are refused and counted; a cluster has far fewer objects of one kind.
    package static var keysMax: Int { 1 << 20 }

    private struct Timer: Sendable {
        var key: Key
        var due: ContinuousClock.Instant
    }

    private struct State {
        var keys = QueueState<Key>(keysMax: WorkQueue.keysMax)
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Key?, Never>)] = []
        var waiterID: UInt64 = 0
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let timers: AsyncStream<Timer>
    private let timer: AsyncStream<Timer>.Continuation
    private let retryDelay: RetryDelay
    private let metrics: QueueMetrics

    package convenience init(retryDelay: RetryDelay = RetryDelay()) {
        self.init(retryDelay: retryDelay, metrics: .none)
    }

    init(retryDelay: RetryDelay, metrics: QueueMetrics) {
        self.retryDelay = retryDelay
        self.metrics = metrics
        (timers, timer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(WorkQueue.keysMax))
    }

    /// Keys that are ready for a worker.
    package var depth: Int { state.withLock { $0.keys.depth } }

    /// When work on the keys in work began.
    var working: [ContinuousClock.Instant] { state.withLock { Array($0.keys.working.values) } }

    /// Adds a key; nothing happens where it waits already.
    package func add(_ key: Key) {
        state.withLock { state in
            switch state.keys.add(key, at: .now) {
            case .added: metrics.adds.add(1)
            case .known: break
            case .refused: metrics.refused.add(1)
            }
            wake(&state)
        }
    }

    /// Adds a key when a time has passed; of several delays of one key the shortest counts.
    package func add(_ key: Key, after delay: Duration) {
        guard delay > .zero else { return add(key) }
        let due = ContinuousClock.now + delay
        if state.withLock({ $0.keys.delay(key, until: due) }) { timer.yield(Timer(key: key, due: due)) }
    }

    /// Adds a key that failed, after its back-off, which is returned.
    @discardableResult package func retry(_ key: Key) -> Duration {
        let delay = retryDelay(failures: state.withLock { $0.keys.fail(key) })
        metrics.retries.add(1)
        add(key, after: delay)
        return delay
    }

    /// A key succeeded: its next failure is its first.
    package func forget(_ key: Key) { state.withLock { $0.keys.forget(key) } }

    /// The next key, waiting for it; the caller says `done` afterwards.
    package func next() async -> Key? {
        let id = state.withLock { state in
            state.waiterID += 1
            return state.waiterID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.waiters.append((id, continuation))
                    wake(&state)
                    // A task cancelled before it got here was told so before it could be found.
                    if Task.isCancelled { drop(id, &state) }
                }
            }
        } onCancel: {
            state.withLock { drop(id, &$0) }
        }
    }

    package func done(_ key: Key) {
        state.withLock { state in
            if let start = state.keys.working[key] { metrics.worked(for: ContinuousClock.now - start) }
            state.keys.finish(key, at: .now)
            wake(&state)
        }
    }

    /// Lets delays pass until the task is cancelled or the queue is shut down.
    package func runTimers() async {
        await withDiscardingTaskGroup { group in
            for await timer in timers {
                group.addTask {
                    guard (try? await Task.sleep(until: timer.due, clock: .continuous)) != nil else { return }
                    if self.state.withLock({ $0.keys.release(timer.key, due: timer.due) }) { self.add(timer.key) }
                }
            }
            group.cancelAll()
        }
    }

    /// Hands out no more keys; workers that wait get nil.
    package func shutDown() {
        timer.finish()
        state.withLock { state in
            state.isShutDown = true
            wake(&state)
        }
    }

    /// Gives ready keys to waiting workers.
    private func wake(_ state: inout State) {
        while let waiter = state.waiters.first {
            if state.isShutDown {
                state.waiters.removeFirst()
                waiter.continuation.resume(returning: nil)
                continue
            }
            guard let (key, waited) = state.keys.take(at: .now) else { return }
            metrics.waited(for: waited)
            state.waiters.removeFirst()
            waiter.continuation.resume(returning: key)
        }
    }

    private func drop(_ id: UInt64, _ state: inout State) {
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return }
        state.waiters.remove(at: index).continuation.resume(returning: nil)
    }
}
