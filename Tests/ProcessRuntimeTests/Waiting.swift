import Glibc

/// Waits for a child to end; gives its wait status.
func waitForExit(_ pid: Int32) -> Int32 {
    var status: Int32 = -1
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status
}
