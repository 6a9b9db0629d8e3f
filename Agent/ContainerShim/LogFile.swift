import Glibc

/// The log of one attempt: appended to, moved aside once at its limit.
///
/// Never more than twice `bytesMax` on disk; the oldest output goes first. Output that the disk does not take is lost,
/// the container is not held up.
struct LogFile {
    private let directory: AttemptDirectory
    private let bytesMax: Int
    private var fd: Int32 = -1
    private var size = 0

    init(_ directory: AttemptDirectory, bytesMax: Int) {
        self.directory = directory
        self.bytesMax = bytesMax
        reopen()
    }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        if size > 0 && size + bytes.count > bytesMax {
            unsafe rename(directory.log, directory.rotatedLog)
            reopen()
        }
        if Descriptor.writeAll(fd, bytes) { size += bytes.count }
    }

    private mutating func reopen() {
        if fd >= 0 { close(fd) }
        fd = unsafe open(directory.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        size = Int(max(0, lseek(fd, 0, SEEK_END)))
    }
}
