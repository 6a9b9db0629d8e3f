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

    private typealias Waiter = CheckedContinuation<Key?, Never>

    private struct State {
        var keys = QueueState<Key>(keysMax: WorkQueue.keysMax)
        var waiters: [(id: UInt64, continuation: Waiter)] = []
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
        change { state in
            switch state.keys.add(key, at: .now) {
            case .added: metrics.adds.add(1)
            case .known: break
            case .refused: metrics.refused.add(1)
            }
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
                change { $0.waiters.append((id, continuation)) }
                // A task cancelled before it got here was told so before it could be found.
                if Task.isCancelled { drop(id) }
            }
        } onCancel: {
            drop(id)
        }
    }

    package func done(_ key: Key) {
        change { state in
            if let start = state.keys.working[key] { metrics.worked(for: ContinuousClock.now - start) }
            state.keys.finish(key, at: .now)
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
        change { $0.isShutDown = true }
    }

    /// Changes the state, then gives what is ready to waiting workers.
    ///
    /// Nobody is resumed under the queue's lock: that takes the lock of the waiting task, which a cancellation holds
    /// while it asks for the queue's.
    private func change(_ body: (inout State) -> Void) {
        let woken = state.withLock { state in
            body(&state)
            return takeReady(&state)
        }
        for (waiter, key) in woken { waiter.resume(returning: key) }
    }

    private func takeReady(_ state: inout State) -> [(Waiter, Key?)] {
        if state.isShutDown {
            defer { state.waiters = [] }
            return state.waiters.map { ($0.continuation, nil) }
        }
        var woken: [(Waiter, Key?)] = []
        while !state.waiters.isEmpty, let (key, waited) = state.keys.take(at: .now) {
            metrics.waited(for: waited)
            woken.append((state.waiters.removeFirst().continuation, key))
        }
        return woken
    }

    private func drop(_ id: UInt64) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
        }
        waiter?.resume(returning: nil)
    }
}
