import Controllers
import KubernetesClient
import Logging
import Observability
import Reconciliation
import ServiceLifecycle
import Synchronization

/// What runs on the replica that leads: the controllers, made anew for each term.
struct LeaderServices {
    var client: KubernetesClient
    var electionClient: KubernetesClient
    var configuration: ControllerSet.Configuration
    var metrics: MetricsRegistry
    var health: HealthRegistry

    /// The election, or without one the controllers themselves. A replica that follows is ready without them.
    func services(_ options: ElectionOptions) -> [any Service] {
        let term = CurrentTerm()
        let make: @Sendable () -> [any Service] = { [client, metrics, configuration] in
            let controllers = ControllerSet(
                client: client, metrics: metrics, logger: Logger(label: "controllers"), configuration: configuration)
            return [TermMark(term: term, controllers: controllers)] + controllers.services
        }
        health.add("controllers") { term.isSynced ? nil : "The controllers' caches are not filled yet" }
        guard options.leaderElect else { return make() }
        let election = LeaderElection(
            electionClient, key: options.key(client), identity: ElectionOptions.identity, timing: options.timing,
            metrics: metrics, logger: Logger(label: "election"), services: make)
        return [election]
    }
}

/// The controllers of the term that runs.
private final class CurrentTerm: Sendable {
    private let current = Mutex<ControllerSet?>(nil)

    func set(_ controllers: ControllerSet?) { current.withLock { $0 = controllers } }

    /// True where none run, as on a replica that follows.
    var isSynced: Bool { current.withLock { $0?.isSynced ?? true } }
}

/// Makes the controllers of a term known for as long as it lasts, and lets go of what they remember when it is over.
private struct TermMark: Service {
    var term: CurrentTerm
    var controllers: ControllerSet

    func run() async throws {
        term.set(controllers)
        defer { term.set(nil) }
        try? await gracefulShutdown()
    }
}
