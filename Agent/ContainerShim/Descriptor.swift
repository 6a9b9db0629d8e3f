import Glibc

/// File descriptors without an owner object: the shim and the spawning code hold a handful of them.
package enum Descriptor {
    /// Both ends of a pipe, closed in programs started from here.
    package static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Writes every byte; false when the kernel takes no more.
    package static func writeAll(_ fd: Int32, _ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(fd, buffer.baseAddress! + start, buffer.count - start)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            start += count
        }
        return true
    }

    /// Up to `limit` bytes; empty at the end; nil when nothing is there yet or reading failed.
    package static func read(_ fd: Int32, limit: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            let count = unsafe Glibc.read(fd, &buffer, limit)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            buffer.removeLast(limit - count)
            return buffer
        }
    }

    /// Makes reads return at once when nothing is there.
    package static func setNonBlocking(_ fd: Int32) { _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) }
}
