import Daemon
import Glibc

/// Starting a process in a session of its own and learning how it ended.
enum Spawn {
    /// Starts a program with this process's environment; output is appended to `log`.
    ///
    /// Throws one sentence where the program or the log file cannot be opened.
    static func start(_ program: String, _ arguments: [String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for word in unsafe words { unsafe free(word) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard code == 0 else {
            let reason = unsafe String(cString: strerror(code))
            throw StartupError("\(program) could not be started: \(reason); is it beside the martlet program?")
        }
        return pid
    }

    /// Waits until a child has ended; answers `exit N` or `signal N`.
    static func wait(for pid: pid_t) async -> String {
        // One thread a child for its whole life: waiting is a blocking call, and there are two children.
        await withCheckedContinuation { continuation in
            startThread {
                var status: Int32 = 0
                while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? "exit \((status >> 8) & 0xFF)" : "signal \(signal)")
            }
        }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        unsafe pthread_create(
            &thread, nil,
            { pointer in
                unsafe Unmanaged<Work>.fromOpaque(pointer!).takeRetainedValue().body()
                return nil
            }, work)
        unsafe pthread_detach(thread)
    }
}
