import ClusterKit
import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import ServingAPI
import Synchronization
import Testing

/// Two ModelServings from creation over scaling to a rollout, on an embedded API server, while controllers come and go.
struct Story: Sendable {
    private static let allocatable: JSONValue = ["cpu": "64", "memory": "256Gi", "pods": "110"]
    private static let nodes = 4

    /// What is asked for, phase by phase; the last one rolls.
    static let phases: [[ServingVersion]] = [
        [ServingVersion(name: "a", replicas: 3, decodes: 2), ServingVersion(name: "b", replicas: 2, decodes: 1)],
        [ServingVersion(name: "a", replicas: 4, decodes: 3), ServingVersion(name: "b", replicas: 5, decodes: 1)],
        [ServingVersion(name: "a", replicas: 3, decodes: 1), ServingVersion(name: "b", replicas: 2, decodes: 2)],
        [
            ServingVersion(name: "a", replicas: 3, decodes: 1, image: "engine:v2"),
            ServingVersion(name: "b", replicas: 2, decodes: 2, image: "engine:v2"),
        ],
    ]

    let server: ClientConfiguration
    let client: KubernetesClient
    let witness: Witness

    static func with(_ body: @Sendable @escaping (Story) async throws -> Void) async throws {
        try await EmbeddedServer.with { server in
            let client = try KubernetesClient(server.configuration, logger: .silent)
            let story = Story(server: server.configuration, client: client, witness: Witness(client))
            let nodes = FakeNodes(client)
            try await nodes.add(Story.nodes, allocatable: Story.allocatable)
            do {
                try await beside([story.witness.informer] + nodes.services) { try await body(story) }
            } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
        }
    }

    /// Asks for what a phase is about.
    func begin(_ phase: Int) async throws {
        let (old, new) = (phase == 0 ? [] : Story.phases[phase - 1], Story.phases[phase])
        witness.begin(Witness.Phase(from: old, to: new, isRolling: phase == Story.phases.count - 1))
        for version in new {
            if phase == 0 {
                _ = try await client.create(.modelServing, version.object)
            } else {
                _ = try await client.patch(
                    .modelServing, namespace: "default", name: version.name, .merge(["spec": version.spec]))
            }
        }
    }

    /// One life of the controllers over a proxy that follows `plan`, until `isOver` or their death; whether they died.
    func term(
        _ plan: FaultPlan, until isOver: @Sendable @escaping (FaultyProxy) async throws -> Bool
    ) async throws -> Bool {
        let died = Mutex(false)
        try await FaultyProxy.with(server, plan) { proxy, downstream in
            let client = try KubernetesClient(downstream, logger: .silent)
            let set = ControllerSet(client: client, metrics: MetricsRegistry(), logger: .silent)
            try await beside(set.services) {
                try await eventually("a term's end") {
                    if proxy.isDead { return true }
                    return try await isOver(proxy)
                }
            }
            try? await client.shutdown()
            died.withLock { $0 = proxy.isDead }
        }
        return died.withLock { $0 }
    }

    /// Takes a headless Service away.
    func deleteService(_ name: String) async throws {
        try await client.delete(.service, namespace: "default", name: name)
    }

    /// The names of all headless Services.
    func services() async throws -> Set<String> {
        Set(try await client.list(.service, labelSelector: Keys.Label.name).items.map(\.name))
    }

    /// Both ModelServings are as the phase asks, and say so.
    func isDone(_ phase: Int) async throws -> Bool {
        for version in Story.phases[phase] {
            let object = try await client.get(.modelServing, namespace: "default", name: version.name)
            let status = ModelServingStatus(object.status)
            guard status.observedGeneration == object.generation, status.conditions.holds("Ready"),
                status.availableReplicas == version.replicas, status.replicas == version.replicas,
                status.updatedReplicas == version.replicas
            else { return false }
        }
        return true
    }

    /// What exists is exactly what the phase asks for.
    func expectExact(_ phase: Int) async throws {
        let versions = Story.phases[phase]
        let pods = try await client.list(.pod).items.map { Pod($0) }
        #expect(Set(pods.map(\.key.name)) == versions.reduce(into: []) { $0.formUnion($1.pods) })
        #expect(pods.allSatisfy { $0.isReady && $0.nodeName != nil })
        #expect(Set(pods.compactMap { $0.containers.first?["image"]?.string }) == [versions[0].image])
        #expect(try await services() == versions.reduce(into: []) { $0.formUnion($1.services) })
        let revisions = try await client.list(.controllerRevision, labelSelector: Keys.Label.name).items
        #expect(revisions.count <= 2 * versions.count, "\(revisions.map(\.name))")
        #expect(witness.faults.isEmpty, "\(witness.faults.prefix(10))")
    }
}
