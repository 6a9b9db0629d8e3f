import CLinux
import ContainerShim
import Glibc

/// Keeps a second runtime off a state directory.
struct StateLock {
    private let fd: Int32

    /// Throws when another runtime works there.
    init(_ directory: String) throws {
        let path = directory + "/lock"
        fd = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw SystemError("opening \(path)") }
        guard linux_lock(fd) == 0 else {
            close(fd)
            throw RuntimeError("another agent works in \(directory); stop it or give this one a directory of its own")
        }
    }

    func release() { close(fd) }
}
