import ContainerShim
import Glibc
import KubernetesAPI

extension ProcessRuntime {
    /// Ends every container of a state directory that no runtime works in: SIGTERM, and SIGKILL after `grace`.
    ///
    /// What they were stays on disk; the next runtime there starts them again as their restart policy says. Gives the
    /// number of containers ended.
    package static func stopAll(stateDirectory: String, grace: Duration) async throws -> Int {
        let lock = try await StateLock(stateDirectory)
        defer { lock.release() }
        let state = StateDirectory(stateDirectory)
        var running = Folder.names(state.pods).flatMap { uid in
            Folder.names(state.pod(uid) + "/containers").compactMap { name in
                state.attempts(uid, name).last.map { ContainerProcess(directory: state.attempt(uid, name, $0)) }
            }
        }.filter(\.isLocked)
        let count = running.count
        for process in running { process.signal(SIGTERM) }
        let deadline = ContinuousClock.now + grace
        while !running.isEmpty {
            try await Task.sleep(for: .milliseconds(20))
            running.removeAll { !$0.isLocked }
            if ContinuousClock.now >= deadline { for process in running { process.signal(SIGUSR2) } }
        }
        return count
    }
}
