import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// C26–C30: who goes first when a ModelServing shrinks.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct ScaleDownTests {
    private static let gate = "martlet.dev/open"

    @Test func `C26: the group that costs most to delete stays`() async throws {
        try await Space.with("c26") { space in
            var fixture = ServingFixture("dear")
            fixture.replicas = 4
            try await space.deploy(fixture)
            for pod in try await space.pods(of: "dear") {
                try await space.setDeletionCost(pod.groupOrdinal * 10, of: pod)
            }
            fixture.replicas = 1
            try await space.update(fixture)
            try await space.settled("dear", "group 3 alone") { $0.groups == [3] }
        }
    }

    @Test func `C27: the role replica that costs most to delete stays`() async throws {
        try await Space.with("c27") { space in
            var fixture = ServingFixture("dear")
            fixture.roles[0].replicas = 4
            try await space.deploy(fixture)
            for pod in try await space.pods(of: "dear") {
                try await space.setDeletionCost(pod.roleOrdinal * 10, of: pod)
            }
            fixture.roles[0].replicas = 1
            try await space.update(fixture)
            try await space.settled("dear", "role replica 3 alone") { $0.roles == [3] }
        }
    }

    @Test func `C28: groups and roles shrink at once, the dearest of both stay`() async throws {
        try await Space.with("c28") { space in
            var fixture = ServingFixture("dear")
            fixture.replicas = 3
            fixture.roles[0].replicas = 3
            try await space.deploy(fixture)
            for pod in try await space.pods(of: "dear") {
                try await space.setDeletionCost(pod.groupOrdinal * 100 + pod.roleOrdinal * 10, of: pod)
            }
            fixture.replicas = 1
            fixture.roles[0].replicas = 1
            try await space.update(fixture)
            try await space.settled("dear", "one pod of the dearest group") { pods in
                pods.count == 1 && pods[0].groupOrdinal == 2 && pods[0].roleOrdinal == 2
            }
        }
    }

    @Test func `C29: a group that is not ready goes before those that are`() async throws {
        try await Space.with("c29") { space in
            var fixture = ServingFixture("gate")
            fixture.replicas = 4
            fixture.roles[0].readinessGate = Self.gate
            try await Self.openAll(fixture, space, count: 4)
            let closed = try #require(try await space.pods(of: "gate").first { $0.groupOrdinal == 1 })
            try await space.setGate(Self.gate, false, of: closed)
            try await eventually(within: 30, "three available groups") {
                try await space.number("availableReplicas", of: "gate") == 3
            }
            fixture.replicas = 3
            try await space.update(fixture)
            try await space.settled("gate", "group 1 to be gone") { $0.groups == [0, 2, 3] }
        }
    }

    @Test func `C30: a role replica that is not ready goes before those that are`() async throws {
        try await Space.with("c30") { space in
            var fixture = ServingFixture("gate")
            fixture.roles[0].replicas = 4
            fixture.roles[0].readinessGate = Self.gate
            try await Self.openAll(fixture, space, count: 4)
            let closed = try #require(try await space.pods(of: "gate").first { $0.roleOrdinal == 1 })
            try await space.setGate(Self.gate, false, of: closed)
            try await eventually(within: 30, "no available group") {
                try await space.number("availableReplicas", of: "gate") == 0
            }
            fixture.roles[0].replicas = 3
            try await space.update(fixture)
            try await space.settled("gate", "role replica 1 to be gone") { $0.roles == [0, 2, 3] }
        }
    }

    @Test func `the scale subresource sets the groups and tells which pods to measure`() async throws {
        try await Space.with("scale") { space in
            let fixture = ServingFixture("knob")
            try await space.deploy(fixture)
            let scale = try await space.client.patch(
                .modelServing, namespace: space.namespace, name: "knob", subresource: "scale",
                .merge(["spec": ["replicas": 2]]))
            try await space.ready("knob")
            let selector = try #require(scale.status["selector"]?.string)
            let measured = try await space.client.list(
                .pod, namespace: space.namespace, labelSelector: selector
            ).items
            #expect(measured.count == 2)
        }
    }

    /// Creates the fixture, opens the gate of each pod once it runs, and waits until all is ready.
    private static func openAll(_ fixture: ServingFixture, _ space: Space, count: Int) async throws {
        try await space.create(fixture)
        try await space.settled(fixture.name, "pods to run") { pods in
            pods.count == count && pods.allSatisfy { $0.phase == .running }
        }
        for pod in try await space.pods(of: fixture.name) { try await space.setGate(gate, true, of: pod) }
        try await space.ready(fixture.name)
    }
}
