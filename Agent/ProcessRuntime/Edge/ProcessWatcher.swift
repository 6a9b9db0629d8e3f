import CLinux
import ContainerShim
import Glibc
import Synchronization

/// Sees processes end, children of this one or not, without asking again and again: one thread sleeps on a process
/// descriptor each.
final class ProcessWatcher: Sendable {
    private struct Entry {
        var pid: Int32
        var waiter: CheckedContinuation<Int32?, Never>
    }

    private struct State {
        var entries: [Int32: Entry] = [:]  // by process descriptor
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeRead: Int32
    private let wakeWrite: Int32

    init() throws {
        (wakeRead, wakeWrite) = try Descriptor.pipe()
        Descriptor.setNonBlocking(wakeRead)
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    /// Waits until a process has ended; gives its wait status if it was a child of this process. Returns nil at once
    /// when it is gone already, and when the watcher is closed.
    func end(of process: ProcessIdentity) async -> Int32? {
        let fd = linux_pidfd_open(process.pid)
        // Checked after the descriptor is open: it stays with that process, whoever gets the id later.
        guard fd >= 0, process.isAlive else {
            if fd >= 0 { close(fd) }
            return reap(process.pid)
        }
        return await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.entries[fd] = Entry(pid: process.pid, waiter: continuation) }
                return state.isClosed
            }
            if isClosed {
                close(fd)
                continuation.resume(returning: nil)
            } else {
                wake()
            }
        }
    }

    /// The same for a child that has just been started.
    func end(ofChild pid: Int32) async -> Int32? {
        guard let process = ProcessIdentity(pid: pid) else { return reap(pid) }
        return await end(of: process)
    }

    /// Blocks its thread until `stop`.
    func watch() {
        while true {
            let (descriptors, isClosed) = state.withLock { ($0.entries.keys.sorted(), $0.isClosed) }
            if isClosed { return }
            var polls = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            polls.append(pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0))
            _ = unsafe poll(&polls, nfds_t(polls.count), -1)
            while let bytes = Descriptor.read(wakeRead, limit: 64), !bytes.isEmpty {}
            for poll in polls where poll.fd != wakeRead && poll.revents != 0 {
                guard let entry = state.withLock({ $0.entries.removeValue(forKey: poll.fd) }) else { continue }
                close(poll.fd)
                entry.waiter.resume(returning: reap(entry.pid))
            }
        }
    }

    /// Lets every waiter go.
    func stop() {
        let entries = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries
        }
        for (fd, entry) in entries {
            close(fd)
            entry.waiter.resume(returning: nil)
        }
        wake()
    }

    private func wake() { _ = Descriptor.writeAll(wakeWrite, [1]) }

    private func reap(_ pid: Int32) -> Int32? {
        var status: Int32 = 0
        return unsafe waitpid(pid, &status, WNOHANG) == pid ? status : nil
    }
}
