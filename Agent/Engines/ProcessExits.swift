import CLinux
import EngineWire
import Glibc
import Synchronization

/// Says when processes end, without asking again and again: one thread sleeps on a descriptor of each.
///
/// 1. `handler` is called on the watch's own thread only, once a process, and not after `stop` returned.
/// 2. At most `processesMax` are watched; of a further one nothing is heard.
final class ProcessExits: Sendable {
    static let processesMax = 1_024

    private struct State {
        /// By process descriptor.
        var watched: [Int32: EngineProcess] = [:]
        /// Ended before they could be watched.
        var gone: [EngineProcess] = []
        var isStopped = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
        let wakeUp: WakeUp
        init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }
    }

    private let shared: Shared
    private let thread: DedicatedThread

    init(handler: @escaping @Sendable (EngineProcess) -> Void) throws {
        let shared = Shared(try WakeUp())
        self.shared = shared
        thread = try DedicatedThread { ProcessExits.watch(shared, handler) }
    }

    /// Watches a process; one that has ended meanwhile is told at once.
    func watch(_ process: EngineProcess) {
        let descriptor = linux_pidfd_open(process.pid)
        let isGone = descriptor < 0 && errno == ESRCH
        let isWatched = shared.state.withLock { state in
            if isGone { state.gone.append(process) }
            let isWanted = descriptor >= 0 && !state.isStopped && state.watched.count < ProcessExits.processesMax
            guard isWanted, !state.watched.values.contains(process) else { return false }
            state.watched[descriptor] = process
            return true
        }
        if !isWatched, descriptor >= 0 { close(descriptor) }
        shared.wakeUp.wake()
    }

    private static func watch(_ shared: Shared, _ handler: (EngineProcess) -> Void) {
        while true {
            let (watched, gone, isStopped) = shared.state.withLock { state in
                defer { state.gone = [] }
                return (state.watched, state.gone, state.isStopped)
            }
            if isStopped {
                for descriptor in watched.keys { close(descriptor) }
                return
            }
            for process in gone { handler(process) }
            var polls = watched.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            polls.append(pollfd(fd: shared.wakeUp.readEnd, events: Int16(POLLIN), revents: 0))
            _ = unsafe poll(&polls, nfds_t(polls.count), -1)
            shared.wakeUp.drain()
            for (descriptor, process) in watched {
                let isReadable = polls.contains { $0.fd == descriptor && $0.revents != 0 }
                // Looked at again: the id may have been another process's before its descriptor was open.
                guard isReadable || EngineProcess(pid: process.pid) != process else { continue }
                shared.state.withLock { $0.watched[descriptor] = nil }
                close(descriptor)
                handler(process)
            }
        }
    }

    /// Ends the thread and waits for that; call it once, never from the handler.
    func stop() {
        shared.state.withLock { $0.isStopped = true }
        shared.wakeUp.wake()
        thread.join()
    }
}
