import Glibc

/// The children of this process, which as their subreaper inherits every orphan below it.
enum Descendants {
    /// Ends every process below this one and reaps it; `onExit` sees each status. Returns when none is left.
    static func end(onExit: (Int32, Int32) -> Void) {
        while true {
            for pid in children() { kill(pid, SIGKILL) }
            var status: Int32 = 0
            let pid = unsafe waitpid(-1, &status, 0)
            if pid > 0 { onExit(pid, status) }
            if pid < 0 && errno == ECHILD { return }
        }
    }

    /// Reaps what has ended so far.
    static func reap(onExit: (Int32, Int32) -> Void) {
        while true {
            var status: Int32 = 0
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            if pid <= 0 { return }
            onExit(pid, status)
        }
    }

    /// The processes whose parent is this one. Found by reading every `/proc/<pid>/stat`: the kernel's own list of
    /// children is an option that not every kernel has.
    static func children() -> [Int32] {
        let own = getpid()
        return Folder.names("/proc").compactMap { Int32($0) }.filter { pid in
            StateFile.text("/proc/\(pid)/stat").flatMap { ProcessStat($0) }?.parent == own
        }
    }
}
