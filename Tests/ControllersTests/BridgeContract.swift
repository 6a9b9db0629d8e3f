import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// Volcano's and LeaderWorkerSet's kinds as they come, live and go while controllers run, on the embedded API server or
/// on a real control plane (see ContractCluster).
@Suite(.serialized) struct BridgeContract {
    private let queue = "scheduling.volcano.sh/queue-name"

    private func annotate(_ cluster: ContractCluster, queue name: JSONValue) async throws {
        _ = try await cluster.client.patch(
            .modelServing, namespace: cluster.namespace, name: "ds",
            .merge(["metadata": ["annotations": [queue: name]]]))
    }

    /// A ModelServing of one group of four pods, on another scheduler where that is asked for.
    private func serving(_ name: String, scheduler: String? = nil, replicas: Int) throws -> KubernetesObject {
        var object = try Samples.object(Samples.appendix)
        object.name = name
        object.spec["replicas"] = JSONValue(replicas)
        object.spec["schedulerName"] = scheduler.map { .string($0) }
        return object
    }

    @Test(.timeLimit(.minutes(5))) func `PodGroups live with their groups and with Volcano`() async throws {
        try await ContractCluster.with { cluster in
            try await cluster.install(BridgedDefinitions.podGroup, serving: .podGroup)
            try await cluster.controlling {
                try await cluster.create(.modelServing, serving("ds", replicas: 2))
                try await eventually("both groups have PodGroups and pods") {
                    try await cluster.has(["ds-0", "ds-1"], of: .podGroup, pods: 8)
                }
                let group = try #require(await cluster.find(.podGroup, "ds-0"))
                #expect(group.spec["minMember"] == 3 && group.spec["minResources"] == ["cpu": "20"])
                #expect(group.controller?.kind == "ModelServing" && group.controller?.blocksOwnerDeletion == false)
                for pod in try await cluster.pods().map(\.object) {
                    #expect(pod.annotations["scheduling.k8s.io/group-name"] == pod.labels[Keys.Label.groupName])
                }
                // Once another one is placed, placement has been at work and left these to Volcano.
                try await cluster.create(.modelServing, serving("own", scheduler: "martlet", replicas: 1))
                try await eventually("the other one is ready") {
                    try await cluster.pods().filter(\.isReady).count == 4
                }
                #expect(try await cluster.names(.podGroup) == ["ds-0", "ds-1"])
                #expect(try await cluster.pods().filter { $0.schedulerName == "volcano" && $0.nodeName != nil }.isEmpty)

                try await annotate(cluster, queue: "gold")
                try await eventually("the queue is named") {
                    try await cluster.find(.podGroup, "ds-1")?.spec["queue"] == "gold"
                }
                try await annotate(cluster, queue: .null)
                try await eventually("the queue is cleared") {
                    try await cluster.find(.podGroup, "ds-1")?.spec["queue"] == "default"
                }
                try await cluster.client.delete(.podGroup, namespace: cluster.namespace, name: "ds-0")
                try await eventually("it comes back") {
                    let now = try await cluster.find(.podGroup, "ds-0")
                    return now.map { $0.uid != group.uid } ?? false
                }
                _ = try await cluster.client.patch(
                    .modelServing, namespace: cluster.namespace, name: "ds", .merge(["spec": ["replicas": 1]]))
                try await eventually("it goes with its group") { try await cluster.names(.podGroup) == ["ds-0"] }
                let roles = ["prefill/prefill-0", "decode/decode-0", "decode/decode-1"]
                try await told(
                    cluster, roles.map { "RoleDeleting: Role \($0) in ServingGroup ds-1 is now Deleting" })
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `Volcano leaves and comes back while pods wait`() async throws {
        try await ContractCluster.with { cluster in
            try await cluster.install(BridgedDefinitions.podGroupWithTasks, serving: .podGroup)
            try await cluster.controlling {
                try await cluster.create(.modelServing, serving("ds", replicas: 1))
                try await eventually("the group waits for Volcano") {
                    try await cluster.has(["ds-0"], of: .podGroup, pods: 4)
                }
                let tasks = try await cluster.find(.podGroup, "ds-0")?.spec["minTaskMember"]
                #expect(tasks == ["prefill-0": 2, "decode-0": 1])
                let before = try await cluster.pods().map(\.uid)
                try await cluster.remove(definitionOf: .podGroup)
                try await eventually("the pods are placed here") { try await cluster.pods().allSatisfy(\.isReady) }
                try await eventually("it is ready") {
                    let object = try await cluster.find(.modelServing, "ds")
                    return ModelServingStatus(object?.status ?? .null).conditions.holds("Ready")
                }
                try await cluster.install(BridgedDefinitions.podGroup, serving: .podGroup)
                try await eventually("the PodGroup is back") { try await cluster.names(.podGroup) == ["ds-0"] }
                #expect(try await cluster.find(.podGroup, "ds-0")?.spec["subGroupPolicy"]?.elements.count == 2)
                #expect(try await cluster.pods().map(\.uid) == before, "no pod is touched")
                let roles = ["prefill/prefill-0", "decode/decode-0", "decode/decode-1"]
                let states = ["Creating", "Running"]
                try await told(
                    cluster,
                    roles.flatMap { role in
                        states.map { "Role\($0): Role \(role) in ServingGroup ds-0 is now \($0)" }
                    })
                try await cluster.client.delete(.modelServing, namespace: cluster.namespace, name: "ds")
                try await eventually("all is gone") {
                    try await cluster.has([], of: .podGroup, pods: 0)
                }
            }
        }
    }

    /// These events are on the ModelServing, each as `reason: message`.
    private func told(_ cluster: ContractCluster, _ wanted: [String]) async throws {
        let uid = try await cluster.find(.modelServing, "ds")?.uid ?? ""
        try await eventually("events are written") {
            let events = try await cluster.client.list(.event, namespace: cluster.namespace).items
            let messages = events.filter {
                $0.json[path: "involvedObject", "kind"] == "ModelServing"
                    && $0.json[path: "involvedObject", "uid"]?.string == uid
                    && $0.json[path: "source", "component"] == "modelserving-controller"
            }.compactMap { event in
                event.json["reason"]?.string.map { "\($0): \(event.json["message"]?.string ?? "")" }
            }
            return Set(messages).isSuperset(of: wanted)
        }
    }

    @Test(.timeLimit(.minutes(5))) func `a LeaderWorkerSet runs as a ModelServing`() async throws {
        try await ContractCluster.with { cluster in
            try await cluster.controlling {
                // The kind comes while the controllers run.
                try await cluster.install(BridgedDefinitions.leaderWorkerSet, serving: .leaderWorkerSet)
                let set = try await cluster.create(.leaderWorkerSet, SetTranslationTests.set())
                try await eventually("its ModelServing is ready") {
                    let object = try await cluster.find(.modelServing, "vllm")
                    return ModelServingStatus(object?.status ?? .null).conditions.holds("Ready")
                }
                let owner = try #require(await cluster.find(.modelServing, "vllm")?.ownerReferences.first)
                #expect(owner.kind == "LeaderWorkerSet" && owner.uid == set.uid)
                #expect(owner.isController && owner.blocksOwnerDeletion)
                let pods = try await cluster.pods()
                #expect(pods.count == 2 && pods.allSatisfy(\.isReady))
                let label = "leaderworkerset.sigs.k8s.io/"
                for pod in pods {
                    #expect(pod.object.labels[label + "name"] == "vllm")
                    #expect(pod.object.labels[label + "group-index"] == "0")
                    // sha1("vllm-0")
                    #expect(pod.object.labels[label + "group-key"] == "7c57e6b58984f91b949dcad6df752e5f4c1d8f2a")
                }
                #expect(pods.compactMap { $0.object.labels[label + "worker-index"] } == ["0", "1"])
                try await follow(cluster)
                try await cluster.client.delete(.leaderWorkerSet, namespace: cluster.namespace, name: "vllm")
                try await eventually("ModelServing and pods go with it", within: .seconds(120)) {
                    try await cluster.has([], of: .modelServing, pods: 0)
                }
            }
        }
    }

    /// The set is told how far it is, and its edits reach the pods.
    private func follow(_ cluster: ContractCluster) async throws {
        try await eventually("the set is told") {
            let status = try await cluster.find(.leaderWorkerSet, "vllm")?.status
            let available = status?["conditions"]?.elements.first { $0["type"] == "Available" }
            return status?["replicas"] == 1 && status?["readyReplicas"] == 1 && status?["updatedReplicas"] == 1
                && available?["status"] == "True" && available?["observedGeneration"] == 1
        }
        _ = try await cluster.client.patch(
            .leaderWorkerSet, namespace: cluster.namespace, name: "vllm", .merge(["spec": ["replicas": 3]]))
        try await eventually("three groups are ready") {
            try await cluster.find(.leaderWorkerSet, "vllm")?.status["readyReplicas"] == 3
        }
        #expect(try await cluster.pods().count == 6)
    }
}
