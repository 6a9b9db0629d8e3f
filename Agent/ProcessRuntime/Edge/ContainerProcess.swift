import CLinux
import ContainerShim
import Glibc
import KubernetesAPI

/// One attempt of a container as a process: started under a shim, found again, signalled, cleaned up after.
struct ContainerProcess: Sendable {
    /// Longest time a shim may take until its program runs, or it has said why not.
    static let startMax = Duration.seconds(30)

    let directory: AttemptDirectory

    /// Starts the shim with its plan; the attempt's lock is held from before it exists until after it ends.
    func launch(_ plan: LaunchPlan, shim: String) throws {
        try Folder.make(directory.work)
        try StateFile.replace(directory.launch, with: plan.json)
        let lock = unsafe open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw SystemError("opening \(directory.lock)") }
        defer { close(lock) }
        guard linux_lock(lock) == 0 else { throw SystemError("locking \(directory.lock)") }
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        _ = try Spawn.start(
            shim, ["container-shim", "run", directory.path], environment: [:], descriptors: [null, null, null, lock])
    }

    /// A shim of this attempt lives.
    var isLocked: Bool {
        let lock = unsafe open(directory.lock, O_RDWR | O_CLOEXEC)
        guard lock >= 0 else { return false }
        defer { close(lock) }
        return linux_lock(lock) != 0
    }

    var process: ProcessRecord? { StateFile.json(directory.process).flatMap { ProcessRecord($0) } }
    var exit: ExitRecord? { StateFile.json(directory.exit).flatMap { ExitRecord($0) } }
    var plan: LaunchPlan? { StateFile.json(directory.launch).flatMap { LaunchPlan($0) } }

    /// Waits until the program runs or the attempt has ended; false when neither comes in time.
    func settled() async -> Bool {
        let deadline = ContinuousClock.now + ContainerProcess.startMax
        while ContinuousClock.now < deadline && !Task.isCancelled {
            if process != nil || exit != nil { return true }
            if !isLocked { return process != nil || exit != nil }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Waits for the end; makes up the record of an attempt whose shim was killed. Nil when the watcher closed first.
    func ended(_ watcher: ProcessWatcher) async -> ExitRecord? {
        if let shim = process?.shim { _ = await watcher.end(of: shim) }
        if let exit { return exit }
        if isLocked { return nil }
        let record = ExitRecord(
            code: 137, signal: 9, reason: "ContainerStatusUnknown",
            message: "the process that watched this container was killed, and the container with it",
            startedAt: process?.startedAt, finishedAt: .now)
        try? StateFile.replace(directory.exit, with: record.json)
        return record
    }

    /// Asks the shim to send SIGTERM on, or to end the container at once.
    func signal(_ signal: Int32) {
        guard let shim = process?.shim else { return }
        let fd = linux_pidfd_open(shim.pid)
        guard fd >= 0 else { return }
        defer { close(fd) }
        if shim.isAlive { _ = linux_pidfd_send_signal(fd, signal) }
    }
}

/// What containers may have left behind when their shims were killed.
enum Leftovers {
    /// Every process of a container gets this variable; it marks what belongs to it even without its parents.
    static let mark = "MARTLET_CONTAINER"

    /// The mark of one attempt.
    static func id(_ podUID: String, _ container: String, _ attempt: Int) -> String {
        "\(podUID)/\(container)/\(attempt)"
    }

    /// Ends every process whose mark begins so; gives how many there were.
    static func end(_ prefix: String) -> Int {
        let wanted = Array("\(mark)=\(prefix)".utf8)
        var count = 0
        for name in Folder.names("/proc") {
            guard let pid = Int32(name), pid != getpid(), let environment = StateFile.bytes("/proc/\(pid)/environ"),
                environment.split(separator: 0).contains(where: { $0.starts(with: wanted) })
            else { continue }
            kill(pid, SIGKILL)
            count += 1
        }
        return count
    }
}
