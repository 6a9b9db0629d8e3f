import Controllers
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import LocalCluster
import Logging
import Observability
import ServiceLifecycle
import ServingAPI
import Testing

/// An embedded API server with the serving kinds, and a stand-in for nodes: pods that are bound become ready at once.
struct RunningCluster: Sendable {
    let client: KubernetesClient

    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    /// The definitions beside this package's sources.
    static let crds = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/deploy/crds"

    /// Runs a cluster in a folder of its own for as long as `body` takes.
    static func with(_ body: @Sendable @escaping (RunningCluster) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-control-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = LocalClusterConfiguration(dataDirectory: folder, port: 0, crdDirectory: crds)
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let server = LocalCluster(configuration, logger: quiet) { _ in isReady.yield() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { isReady.finish() }
                try await server.run()
                return false
            }
            group.addTask {
                for await _ in ready { break }
                let client = try KubernetesClient(
                    ClientConfiguration.load(kubeconfig: configuration.kubeconfig), logger: quiet)
                do { try await body(RunningCluster(client: client)) } catch {
                    try? await client.shutdown()
                    throw error
                }
                try await client.shutdown()
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    /// Runs the controllers, and the nodes, for as long as `body` takes.
    func controlling(_ body: @Sendable @escaping () async throws -> Void) async throws {
        let set = ControllerSet(client: client, metrics: MetricsRegistry(), logger: RunningCluster.quiet)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for service in set.services {
                group.addTask {
                    try await service.run()
                    return false
                }
            }
            group.addTask {
                while !Task.isCancelled { try await runNodes() }
                return false
            }
            group.addTask {
                try await body()
                #expect(set.isSynced)
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    /// What nodes do: bound pods become ready, those on their way out end.
    private func runNodes() async throws {
        for object in try await client.list(.pod).items {
            let pod = Pod(object)
            if pod.nodeName != nil, pod.object.isBeingDeleted {
                try? await client.delete(
                    .pod, namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid, gracePeriodSeconds: 0)
            } else if pod.nodeName != nil, !pod.isReady {
                let now = Timestamp(microseconds: WallClock.microseconds)
                _ = try? await client.mergeStatus(.pod, pod.key, FakeCluster.ready(at: now))
            }
        }
        try await Task.sleep(for: .milliseconds(50))
    }

    func addNode(_ name: String, _ allocatable: JSONValue) async throws {
        let node = try await client.create(.node, KubernetesObject(.node, name: name))
        _ = try await client.mergeStatus(.node, node.key, ["allocatable": allocatable])
    }

    func pods() async throws -> [Pod] {
        try await client.list(.pod).items.map { Pod($0) }.sorted { $0.key < $1.key }
    }

    /// Waits until a condition holds, at most a minute.
    func wait(_ what: String, until holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try await !holds() {
            guard ContinuousClock.now < end else {
                Issue.record("waited a minute in vain: \(what)")
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
