import KubernetesAPI
import Observability
import Synchronization

/// Lets one task wait until it is woken, a time has come or it is cancelled. A wake without a waiter is kept, once.
final class Wakeup: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func wake() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { state.isSet = true }
            return waiter
        }
        waiter?.resume()
    }

    /// Returns at `deadline` (microseconds of the wall clock) at the latest. Only one task may wait.
    func wait(until deadline: Timestamp?) async {
        await withTaskGroup(of: Void.self) { group in
            if let deadline {
                group.addTask {
                    let left = deadline - .now
                    if left > .zero { try? await Task.sleep(for: left) }
                    if !Task.isCancelled { self.wake() }
                }
            }
            await wait()
            group.cancelAll()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSet = state.withLock { state in
                    let isSet = state.isSet || Task.isCancelled
                    state.isSet = false
                    if !isSet { state.waiter = continuation }
                    return isSet
                }
                if isSet { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }
}

extension Timestamp {
    /// The time of day.
    static var now: Timestamp { Timestamp(microseconds: WallClock.microseconds) }
}
