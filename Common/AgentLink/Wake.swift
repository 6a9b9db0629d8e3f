import Glibc
import Synchronization

/// Wakes a thread that waits in a poll: a pipe in which at most one byte lies.
final class Wake: Sendable {
    /// The end to poll.
    let readEnd: Int32
    private let writeEnd: Int32
    private let isPending = Atomic(false)

    init() throws(LinkError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw .library(call: "pipe", reason: unsafe String(cString: strerror(errno)))
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func signal() {
        if isPending.exchange(true, ordering: .acquiringAndReleasing) { return }
        let byte: [UInt8] = [1]
        unsafe _ = write(writeEnd, byte, 1)
    }

    /// Called by the woken thread before it looks for work.
    func clear() {
        var bytes: [UInt8] = [0, 0]
        unsafe _ = read(readEnd, &bytes, 2)
        isPending.store(false, ordering: .sequentiallyConsistent)
    }
}
