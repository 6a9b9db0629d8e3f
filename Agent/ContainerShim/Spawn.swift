import CLinux
import Glibc

/// Starts a program in a session of its own, with only the descriptors it is given.
package enum Spawn {
    /// Starts `path` and gives its process id. `descriptors` become its descriptors 0, 1, 2 and so on;
    /// signals are unblocked and have their default effect in it.
    package static func start(
        _ path: String, _ arguments: [String], environment: [String: String], descriptors: [Int32]
    ) throws(SystemError) -> Int32 {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | newSession))

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // Moved above the targets first, so that no target overwrites a source that is still to come.
        let parked = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
        defer { for fd in parked where fd >= 0 { close(fd) } }
        for (target, fd) in parked.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, fd, Int32(target))
        }
        // Not every library marks its descriptors to close on exec; an inherited listener would keep its port.
        _ = unsafe linux_spawn_close_from(&actions, Int32(descriptors.count))
        var pid: pid_t = 0
        let result = unsafe CStrings.with(arguments) { argv in
            unsafe CStrings.with(environment.map { "\($0)=\($1)" }) { envp in
                unsafe posix_spawn(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw SystemError("starting \(path)", number: result) }
        return pid
    }
}

/// Null-terminated arrays of C strings, as exec wants them.
package enum CStrings {
    package static func with<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for string in strings { unsafe pointers.append(strdup(string)) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
    }
}
