import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// C14: a LeaderWorkerSet becomes a ModelServing.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct LeaderWorkerSetTests {
    private static let kind = ResourceKind(
        group: "leaderworkerset.x-k8s.io", kind: "LeaderWorkerSet", plural: "leaderworkersets")
    /// SHA-1 of `pair-0`.
    private static let groupKey = "3bd31e12af1ccec7b22b2f7c028b9c11b66489a7"

    @Test func `C14: a LeaderWorkerSet runs as a ModelServing of its name and takes it along`() async throws {
        try await Space.with("c14") { space in
            var set = KubernetesObject(Self.kind, namespace: space.namespace, name: "pair")
            let container: JSONValue = ["name": "test-container", "image": .string(ServingFixture.image)]
            set.spec = [
                "replicas": 1,
                "leaderWorkerTemplate": ["size": 2, "workerTemplate": ["spec": ["containers": [container]]]],
            ]
            set = try await space.client.create(Self.kind, set)
            try await eventually(within: 60, "the ModelServing") {
                try await !space.client.list(.modelServing, namespace: space.namespace).items.isEmpty
            }
            let owners = try await space.serving("pair").ownerReferences
            let owner = try #require(owners.first)
            #expect(owner.kind == "LeaderWorkerSet" && owner.uid == set.uid)
            #expect(owner.isController && owner.blocksOwnerDeletion)
            try await space.ready("pair")
            let pods = try await space.pods(of: "pair")
            #expect(pods.count == 2 && pods.allSatisfy(\.isReady))
            let prefix = "leaderworkerset.sigs.k8s.io"
            #expect(pods.map { $0.label("\(prefix)/worker-index") }.sorted() == ["0", "1"])
            for pod in pods {
                #expect(pod.label("\(prefix)/name") == "pair")
                #expect(pod.label("\(prefix)/group-index") == "0")
                #expect(pod.label("\(prefix)/group-key") == Self.groupKey)
            }
            try await space.client.delete(Self.kind, namespace: space.namespace, name: "pair")
            try await eventually(within: 120, "the ModelServing and its pods to be gone") {
                try await space.isEmpty(of: "pair")
            }
        }
    }
}
