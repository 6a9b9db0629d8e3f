import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServiceLifecycle
import Synchronization
import Testing

/// What happened in which order, and when.
final class Record: Sendable {
    private let entries = Mutex<[(word: String, at: ContinuousClock.Instant)]>([])

    func add(_ word: String) { entries.withLock { $0.append((word, .now)) } }
    var words: [String] { entries.withLock { $0.map(\.word) } }

    /// When a word was added for the `count`th time; waits for it, at most half a minute.
    @discardableResult func wait(for word: String, count: Int = 1) async throws -> ContinuousClock.Instant {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let found = entries.withLock { $0.filter { $0.word == word } }
            if found.count >= count { return found[count - 1].at }
            guard ContinuousClock.now < end else {
                Issue.record("waited in vain for '\(word)' after \(words)")
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Half of a leader's work: says when it begins and ends.
struct Worker: Service {
    var name: String
    var record: Record
    /// What it still has to do when it is asked to end.
    var atShutdown: @Sendable () async throws -> Void = {}
    /// Ends the work with an error when it returns.
    var failure: @Sendable () async throws -> Void = { try await gracefulShutdown() }

    struct Failure: Error {}

    func run() async throws {
        record.add("\(name)+")
        defer { record.add("\(name)-") }
        try await failure()
        guard Task.isShuttingDownGracefully else { throw Failure() }
        try await atShutdown()
    }
}

/// One replica that wants to lead.
struct Candidate: Sendable {
    let name: String
    let election: LeaderElection
    let client: KubernetesClient
    let metrics = MetricsRegistry()
    private let group: ServiceGroup

    static let timing = LeaseTiming(
        duration: .seconds(4), renewDeadline: .seconds(3), retryPeriod: .milliseconds(200))

    /// Works, as a leader, with workers named after it; `b` is the second in the order of dependence.
    init(
        _ name: String, _ cluster: TestCluster, port: Int? = nil, timing: LeaseTiming = Candidate.timing,
        _ record: Record, change: @escaping @Sendable (inout Worker) -> Void = { _ in }
    ) throws {
        self.name = name
        client = try KubernetesClient(
            port.map { cluster.configuration(port: $0) } ?? cluster.configuration, limits: nil, logger: .silent)
        election = LeaderElection(
            client, key: ObjectKey(namespace: cluster.namespace, name: "lead"), identity: name, timing: timing,
            metrics: metrics, logger: .silent
        ) {
            var worker = Worker(name: name, record: record)
            change(&worker)
            return [Worker(name: "\(name)'s base ", record: record), worker]
        }
        group = ServiceGroup(configuration: .init(services: [.init(service: election)], logger: .silent))
    }

    func run() async throws {
        do { try await group.run() } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    func stop() async { await group.triggerGracefulShutdown() }

    /// Runs candidates while `body` runs, then stops those that still do.
    static func run(_ candidates: [Candidate], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for candidate in candidates { group.addTask { try await candidate.run() } }
            try await body()
            for candidate in candidates { await candidate.stop() }
            try await group.waitForAll()
        }
    }
}
