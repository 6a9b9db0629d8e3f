import Dispatch
import Synchronization

/// One thread for the calls into one vendor's library: a call that never returns stops this thread and nothing else.
///
/// 1. At most one job runs and none waits: `start` refuses a second one.
/// 2. `busy` tells since when the job runs, without waiting for it, so whoever reads decides that the driver is stuck.
package final class VendorWorker: Sendable {
    private struct State {
        var job: (@Sendable () -> Void)?
        var busySince: ContinuousClock.Instant?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let jobs = DispatchSemaphore(value: 0)

    /// Starts the thread. Throws where the system has none left.
    package init(name: String) throws(HardwareError) {
        guard let thread = VendorThread({ [self] in work() }) else {
            throw HardwareError(description: "No thread could be started for calls into \(name)")
        }
        thread.leave()
    }

    /// Runs a job on the thread; false while another one runs or after `stop`.
    package func start(at now: ContinuousClock.Instant, _ job: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard state.busySince == nil, !state.isStopped else { return false }
            state.busySince = now
            state.job = job
            return true
        }
        if isTaken { jobs.signal() }
        return isTaken
    }

    /// Since when the job that runs has been running; nil while there is none.
    package var busySince: ContinuousClock.Instant? { state.withLock { $0.busySince } }

    /// Ends the thread as soon as its job has returned.
    package func stop() {
        state.withLock { $0.isStopped = true }
        jobs.signal()
    }

    private func work() {
        while true {
            jobs.wait()
            let job = state.withLock { state in
                defer { state.job = nil }
                return state.job
            }
            guard let job else { return }
            job()
            state.withLock { $0.busySince = nil }
        }
    }
}
