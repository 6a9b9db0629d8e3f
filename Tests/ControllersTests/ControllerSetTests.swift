import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// The controllers against the embedded API server, from applying a manifest to its deletion.
@Suite(.serialized) struct ControllerSetTests {
    static let gpus: JSONValue = ["nvidia.com/gpu": "8", "cpu": "192", "memory": "2Ti"]
    static let names = (0..<2).flatMap { replica in (0..<2).map { "llama-multinode-0-405b-\(replica)-\($0)" } }

    private func status(_ cluster: RunningCluster) async throws -> ModelServingStatus {
        let object = try await cluster.client.get(.modelServing, namespace: "default", name: "llama-multinode")
        let status = ModelServingStatus(object.status)
        return status.observedGeneration == object.generation ? status : ModelServingStatus()
    }

    private func create(_ cluster: RunningCluster) async throws {
        var object = try Samples.object(Samples.multiNode)
        object.json[path: "metadata", "uid"] = nil
        object.json[path: "metadata", "generation"] = nil
        _ = try await cluster.client.create(.modelServing, object)
    }

    @Test(.timeLimit(.minutes(3))) func `a ModelServing from start to end`() async throws {
        try await RunningCluster.with { cluster in
            for index in 0..<4 { try await cluster.addNode("gpu-\(index)", Self.gpus) }
            try await create(cluster)
            try await cluster.controlling {
                try await cluster.wait("ready") { try await status(cluster).conditions.holds("Ready") }
                let pods = try await cluster.pods()
                #expect(pods.map(\.key.name) == Self.names)
                #expect(Set(pods.compactMap(\.nodeName)).count == 4, "one pod of 8 GPUs a node")
                let services = try await cluster.client.list(.service, namespace: "default").items.map(\.name)
                #expect(Set(services).isSuperset(of: ["llama-multinode-0-405b-0-0", "llama-multinode-0-405b-1-0"]))

                let lost = try #require(pods.first { $0.key.name.hasSuffix("1-1") })
                try await cluster.client.delete(.pod, namespace: "default", name: lost.key.name)
                try await cluster.wait("the role replica is rebuilt") {
                    let now = try await cluster.pods()
                    let isNew = now.map { pod in !pods.contains { $0.uid == pod.uid } }
                    let isReady = try await status(cluster).conditions.holds("Ready")
                    return isReady && isNew == [false, false, true, true]
                }
            }
            // A new process finds everything as it was.
            let before = try await cluster.client.get(.modelServing, namespace: "default", name: "llama-multinode")
            let uids = try await cluster.pods().map(\.uid)
            try await cluster.controlling {
                try await cluster.client.delete(.service, namespace: "default", name: "llama-multinode-0-405b-0-0")
                try await cluster.wait("the Service is back") {
                    let services = try await cluster.client.list(.service, namespace: "default").items
                    return services.contains { $0.name == "llama-multinode-0-405b-0-0" }
                }
                let after = try await cluster.client.get(.modelServing, namespace: "default", name: "llama-multinode")
                #expect(after.resourceVersion == before.resourceVersion, "nothing to write")
                #expect(try await cluster.pods().map(\.uid) == uids)
                try await cluster.client.delete(.modelServing, namespace: "default", name: "llama-multinode")
                try await cluster.wait("all pods are gone") { try await cluster.pods().isEmpty }
            }
        }
    }

    @Test(.timeLimit(.minutes(3))) func `a gang waits whole, says why, and starts when there is room`() async throws {
        try await RunningCluster.with { cluster in
            try await cluster.addNode("gpu-0", Self.gpus)
            try await create(cluster)
            try await cluster.controlling {
                try await cluster.wait("the reason is told") {
                    try await status(cluster).conditions.contains { $0.type == "Ready" && $0.reason == "Unschedulable" }
                }
                let pods = try await cluster.pods()
                #expect(pods.count == 4 && pods.allSatisfy { $0.nodeName == nil })
                let message = pods[0].conditions.first { $0.type == "PodScheduled" }?.message ?? ""
                #expect(message.contains("none of them beside the 1 placed before it (2 are needed"), "\(message)")
                // The gang's minimum is one of its two role replicas.
                try await cluster.addNode("gpu-1", Self.gpus)
                try await cluster.wait("one role replica runs") {
                    try await cluster.pods().filter(\.isReady).count == 2
                }
                for index in 2..<4 { try await cluster.addNode("gpu-\(index)", Self.gpus) }
                try await cluster.wait("ready") { try await status(cluster).conditions.holds("Ready") }
                try await cluster.wait("the event is written") {
                    let events = try await cluster.client.list(.event, namespace: "default").items
                    return events.contains { $0.json["reason"]?.string == "FailedScheduling" }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(3))) func `an unknown plugin is refused before it is stored`() async throws {
        try await RunningCluster.with { cluster in
            var object = try Samples.object(Samples.multiNode)
            object.json[path: "metadata", "uid"] = nil
            object.json[path: "metadata", "generation"] = nil
            object.spec[path: "plugins"] = [["name": "p", "type": "BuiltIn"]]
            let refusal = await #expect(throws: APIStatus.self) {
                try await cluster.client.create(.modelServing, object)
            }
            #expect(refusal?.reason == .invalid)
            #expect(refusal?.message.contains("spec.plugins[0].name: Unsupported value: \"p\"") == true)
        }
    }
}
