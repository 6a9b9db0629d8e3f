import AgentLink
import ClusterKit
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Synchronization
import SystemFiles
import TestKit
import Testing

/// Coordinators as processes of their own on one embedded API server: one reconciles, all are ready.
@Suite(.serialized) struct ReplicaTests {
    /// A coordinator process, from when it is ready until it is told to stop.
    private final class Replica: Sendable {
        private let ready = Mutex<CoordinatorProcess?>(nil)
        private let isStopped: AsyncStream<Never>
        private let stopped: AsyncStream<Never>.Continuation

        init() { (isStopped, stopped) = AsyncStream.makeStream(of: Never.self) }

        func run(_ program: String, kubeconfig: String, folder: String) async throws {
            try Files.makeFolder(folder)
            let flags = [
                "--allow-agent", try CurveKeys.generate().publicKey, "--leader-elect=true",
                "--leader-elect-retry-period", "200ms", "--controllers", "modelserving", "--workers", "3",
                "--kube-api-qps", "-1",
            ]
            try await CoordinatorProcess.with(program, kubeconfig: kubeconfig, folder: folder, flags: flags) {
                process in
                self.ready.withLock { $0 = process }
                for await _ in self.isStopped {}
            }
        }

        func stop() { stopped.finish() }

        /// The process, once it says of itself that it is ready.
        func process() async throws -> CoordinatorProcess {
            try await eventually("a replica to be ready") { self.ready.withLock { $0 != nil } }
            return try #require(ready.withLock { $0 })
        }

        func leads() async throws -> Bool {
            try await process().samples("leader_election_master_status").contains { $0.value == 1 }
        }

        /// Reconciliations so far, of one result or of all.
        func reconciliations(_ part: String = "") async throws -> Double {
            try await process().samples("controller_runtime_reconcile_total").filter { $0.labels.contains(part) }
                .reduce(0) { $0 + $1.value }
        }

        /// Every controller has looked at what there is, and none has more to do.
        func isSettled() async throws -> Bool {
            let waiting = try await process().samples("workqueue_depth").reduce(0) { $0 + $1.value }
            let active = try await process().samples("controller_runtime_active_workers").reduce(0) { $0 + $1.value }
            let (serving, placing) = (
                try await reconciliations("\"modelserving\",result=\"success\""),
                try await reconciliations("\"podplacement\",result=\"success\"")
            )
            return waiting == 0 && active == 0 && serving > 0 && placing > 0
        }
    }

    /// The version of every object that controllers write.
    private static func versions(_ client: KubernetesClient) async throws -> [String: String] {
        var versions: [String: String] = [:]
        let kinds: [ResourceKind] = [.modelServing, .pod, .service, .controllerRevision, .event, .node]
        for kind in kinds {
            for object in try await client.list(kind).items {
                versions["\(kind.kind) \(object.key)"] = object.resourceVersion
            }
        }
        return versions
    }

    @Test(.timeLimit(.minutes(4))) func `one replica reconciles, all are ready, and the next leader writes nothing`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.path + "/replicas-\(UInt64.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = Self.programs + "/martlet-coordinator"
        try await EmbeddedServer.with { server in
            let client = try KubernetesClient(server.configuration, logger: .silent)
            let nodes = FakeNodes(client)
            try await nodes.add(4, allocatable: ["cpu": "64", "memory": "256Gi", "pods": "110"])
            let replicas = [Replica(), Replica()]
            try await beside(nodes.services) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, replica) in replicas.enumerated() {
                        group.addTask {
                            try await replica.run(
                                program, kubeconfig: server.kubeconfig, folder: "\(folder)/\(index)")
                        }
                    }
                    try await Self.follow(replicas, client)
                    for replica in replicas { replica.stop() }
                    try await group.waitForAll()
                }
            }
            try await client.shutdown()
        }
    }

    private static func follow(_ replicas: [Replica], _ client: KubernetesClient) async throws {
        try await eventually("a leader") {
            for replica in replicas where try await replica.leads() { return true }
            return false
        }
        let isFirst = try await replicas[0].leads()
        let (leader, follower) = isFirst ? (replicas[0], replicas[1]) : (replicas[1], replicas[0])
        let version = ServingVersion(name: "a", replicas: 3, decodes: 2)
        _ = try await client.create(.modelServing, version.object)
        try await eventually("the ModelServing to be ready") {
            let object = try await client.get(.modelServing, namespace: "default", name: version.name)
            guard ModelServingStatus(object.status).conditions.holds("Ready") else { return false }
            return try await leader.isSettled()
        }
        #expect(Set(try await client.list(.pod).items.map(\.name)) == version.pods)
        // Ready, as `process()` says, and without a hand in it.
        #expect(try await !follower.leads())
        #expect(try await follower.reconciliations() == 0)

        let before = try await Self.versions(client)
        let start = ContinuousClock.now
        leader.stop()
        try await eventually("the other to lead") { try await follower.leads() }
        #expect(ContinuousClock.now - start < .seconds(10), "released, not waited out")
        try await eventually("the new leader to settle") { try await follower.isSettled() }
        #expect(try await Self.versions(client) == before)
    }

    private static let programs =
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/.build/debug"
}
