import CLinux
import ContainerShim
import Glibc

/// Keeps a second runtime off a state directory.
struct StateLock {
    private let fd: Int32

    /// How long a runtime that is just ending is waited for.
    private static let waitMax = Duration.seconds(5)

    /// Throws when another runtime works there.
    init(_ directory: String) async throws {
        let path = directory + "/lock"
        fd = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw SystemError("opening \(path)") }
        let deadline = ContinuousClock.now + StateLock.waitMax
        while linux_lock(fd) != 0 {
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                close(fd)
                throw RuntimeError(
                    "another agent works in \(directory); stop it or give this one a directory of its own")
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    func release() { close(fd) }
}
