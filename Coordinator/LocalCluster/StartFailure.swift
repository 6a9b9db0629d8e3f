import Synchronization

/// Carries an error out of a callback that cannot throw.
final class StartFailure: Sendable {
    private let state = Mutex<LocalClusterError?>(nil)

    var error: LocalClusterError? { state.withLock { $0 } }

    func set(_ error: LocalClusterError) { state.withLock { $0 = error } }
}
