import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import Synchronization
import Testing

@testable import Controllers

/// The bridge of LeaderWorkerSets over a cluster in memory: what it writes, what it never touches, what it says.
@Suite struct SetBridgeTests {
    /// The bridge and what it told people.
    private struct Bridge {
        let cluster = FakeCluster()
        let reconciler: LeaderWorkerSetReconciler
        private let told: Told

        private final class Told: Sendable {
            let list = Mutex<[String]>([])
        }

        init() {
            let (cluster, told) = (cluster, Told())
            self.told = told
            reconciler = LeaderWorkerSetReconciler(
                writer: cluster,
                announce: { _, type, reason, _ in told.list.withLock { $0.append("\(type) \(reason)") } },
                now: { cluster.now }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }

        var events: [String] { told.list.withLock { $0 } }
        var set: KubernetesObject? { cluster.objects(.leaderWorkerSet).first }
        var serving: KubernetesObject? { cluster.objects(.modelServing).first }
        func condition(_ type: String) -> Condition? {
            set?.status["conditions"]?.elements.compactMap { Condition($0) }.first { $0.type == type }
        }

        /// Delivers what happened and reconciles until nothing is left.
        func settle() async throws {
            while true {
                let keys = Set(cluster.takeEvents().compactMap { reconciler.observe($0) })
                if keys.isEmpty { return }
                for key in keys { _ = try await reconciler.reconcile(key) }
            }
        }

        func edit(_ object: KubernetesObject?, _ change: (inout JSONValue) -> Void) throws {
            var object = try #require(object)
            change(&object.json)
            object.json[path: "metadata", "generation"] = JSONValue(object.generation + 1)
            cluster.put(object)
        }
    }

    @Test func `created, followed, reported, and nothing more written`() async throws {
        let bridge = Bridge()
        bridge.cluster.put(try SetTranslationTests.set())
        try await bridge.settle()
        #expect(bridge.serving?.controller?.uid == "lws-1")
        #expect(bridge.events == ["normal ModelServingCreated"])

        var status = ModelServingStatus()
        status.replicas = 3
        status.availableReplicas = 1
        status.updatedReplicas = 2
        status.conditions = [
            Condition("Available", false, reason: "GroupProgressing", message: "[1]", at: bridge.cluster.now)
        ]
        _ = try await bridge.cluster.mergeStatus(
            .modelServing, ObjectKey(namespace: "dev", name: "vllm"), status.json)
        try await bridge.settle()
        #expect(bridge.set?.status["replicas"] == 3)
        #expect(bridge.set?.status["readyReplicas"] == 1)
        #expect(bridge.set?.status["updatedReplicas"] == 2)
        #expect(
            bridge.set?.status["hpaPodSelector"]
                == "leaderworkerset.sigs.k8s.io/name=vllm,leaderworkerset.sigs.k8s.io/worker-index=0")
        #expect(bridge.condition("Available")?.reason == "GroupProgressing")
        #expect(bridge.condition("Available")?.observedGeneration == 1)

        let writes = bridge.cluster.writes
        for event in bridge.cluster.relist() { _ = bridge.reconciler.observe(event) }
        _ = try await bridge.reconciler.reconcile(ObjectKey(namespace: "dev", name: "vllm"))
        let restarted = LeaderWorkerSetReconciler(
            writer: bridge.cluster, announce: { _, _, _, _ in Issue.record("nothing to tell") },
            now: { bridge.cluster.now }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        for event in bridge.cluster.relist() { _ = restarted.observe(event) }
        _ = try await restarted.reconcile(ObjectKey(namespace: "dev", name: "vllm"))
        #expect(bridge.cluster.writes == writes)
    }

    @Test func `edits of the set reach the ModelServing, edits of the ModelServing do not stay`() async throws {
        let bridge = Bridge()
        bridge.cluster.put(try SetTranslationTests.set())
        try await bridge.settle()
        try bridge.edit(bridge.set) { $0[path: "spec", "replicas"] = 4 }
        try await bridge.settle()
        #expect(bridge.serving?.spec["replicas"] == 4)
        try bridge.edit(bridge.serving) { $0[path: "spec", "replicas"] = 1 }
        try await bridge.settle()
        #expect(bridge.serving?.spec["replicas"] == 4)
        try bridge.edit(bridge.set) { $0[path: "metadata", "annotations"] = ["scheduling.volcano.sh/queue-name": "g"] }
        try await bridge.settle()
        #expect(bridge.serving?.annotations == ["scheduling.volcano.sh/queue-name": "g"])
        try bridge.edit(bridge.set) { $0[path: "metadata", "annotations"] = nil }
        try await bridge.settle()
        #expect(bridge.serving?.annotations == [:])
    }

    @Test func `one that is deleted by hand comes back, one that is not the set's is left alone`() async throws {
        let bridge = Bridge()
        bridge.cluster.put(try SetTranslationTests.set())
        try await bridge.settle()
        bridge.cluster.remove(try #require(bridge.serving))
        try await bridge.settle()
        let second = try #require(bridge.serving)
        #expect(second.controller?.uid == "lws-1")

        bridge.cluster.remove(second)
        var foreign = try Samples.object(Samples.appendix)
        foreign.json[path: "metadata", "name"] = "vllm"
        foreign.json[path: "metadata", "namespace"] = "dev"
        bridge.cluster.put(foreign)
        try await bridge.settle()
        #expect(bridge.serving == bridge.cluster.objects(.modelServing).first)
        #expect(bridge.serving?.spec == foreign.spec)
        #expect(bridge.events.last == "warning NameTaken")
        #expect(bridge.condition("Stalled")?.holds == true)
        #expect(
            bridge.condition("Stalled")?.message
                == "ModelServing vllm exists and is controlled by nobody, not by this set; rename one of them")
        let count = bridge.events.count
        try bridge.edit(bridge.serving) { $0[path: "spec", "replicas"] = 5 }
        try await bridge.settle()
        #expect(bridge.serving?.spec["replicas"] == 5)
        #expect(bridge.events.count == count, "told once")
        bridge.cluster.remove(try #require(bridge.serving))
        try await bridge.settle()
        #expect(bridge.serving?.controller?.uid == "lws-1")
    }

    @Test func `what has no effect is told when the set changes`() async throws {
        let bridge = Bridge()
        bridge.cluster.put(try SetTranslationTests.set { $0[path: "spec", "startupPolicy"] = "LeaderReady" })
        try await bridge.settle()
        #expect(bridge.events == ["normal ModelServingCreated", "warning FieldIgnored"])
        try bridge.edit(bridge.set) { $0[path: "spec", "replicas"] = 2 }
        try await bridge.settle()
        #expect(bridge.events.count == 3)
        #expect(bridge.serving?.spec["replicas"] == 2)
    }

    @Test func `a set that cannot be carried out stalls and starts when it is mended`() async throws {
        let bridge = Bridge()
        bridge.cluster.put(
            try SetTranslationTests.set {
                $0[path: "spec", "leaderWorkerTemplate", "volumeClaimTemplates"] = [["metadata": ["name": "d"]]]
            })
        try await bridge.settle()
        #expect(bridge.serving == nil)
        #expect(bridge.condition("Stalled")?.holds == true)
        #expect(bridge.events == ["warning InvalidSpec"])
        let writes = bridge.cluster.writes
        try bridge.edit(bridge.set) { $0[path: "metadata", "labels"] = ["a": "b"] }
        try await bridge.settle()
        #expect(bridge.cluster.writes == writes + 1, "the generation of the condition")
        try bridge.edit(bridge.set) { $0[path: "spec", "leaderWorkerTemplate", "volumeClaimTemplates"] = nil }
        try await bridge.settle()
        #expect(bridge.serving != nil)
    }
}
