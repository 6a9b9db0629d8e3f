import CLinux
import Glibc

/// Linux namespaces of this process.
enum Namespace {
    /// Moves this process into a mount namespace of its own whose changes stay in it.
    static func make(_ isolation: Isolation, hostname: String) throws {
        let (user, group) = (geteuid(), getegid())
        var flags = linux_clone_newns | linux_clone_newuts
        if isolation == .user { flags |= linux_clone_newuser }
        guard linux_unshare(flags) == 0 else { throw SystemError("making a mount namespace") }
        if isolation == .user {
            try write("/proc/self/setgroups", "deny")
            try write("/proc/self/uid_map", "\(user) \(user) 1")
            try write("/proc/self/gid_map", "\(group) \(group) 1")
        }
        guard unsafe linux_mount(nil, "/", nil, linux_ms_rec | linux_ms_private, nil) == 0 else {
            throw SystemError("making the mounts private")
        }
        if !hostname.isEmpty { _ = unsafe linux_sethostname(hostname, UInt(hostname.utf8.count)) }
    }

    /// Moves this process into the namespaces of another.
    static func join(_ pid: Int32, _ isolation: Isolation) throws {
        var kinds = [("mnt", linux_clone_newns), ("uts", linux_clone_newuts)]
        if isolation == .user { kinds.insert(("user", linux_clone_newuser), at: 0) }
        // All opened first: the first move may take away the right to open the others.
        let descriptors = kinds.map { unsafe open("/proc/\(pid)/ns/\($0.0)", O_RDONLY | O_CLOEXEC) }
        for (kind, fd) in zip(kinds, descriptors) {
            guard fd >= 0, linux_setns(fd, kind.1) == 0 else {
                throw SystemError("joining the \(kind.0) namespace of process \(pid)")
            }
        }
    }

    private static func write(_ path: String, _ text: String) throws {
        let fd = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard fd >= 0 else { throw SystemError("opening \(path)") }
        defer { close(fd) }
        guard Descriptor.writeAll(fd, Array(text.utf8)) else { throw SystemError("writing \(path)") }
    }
}
