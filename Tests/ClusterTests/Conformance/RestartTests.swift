import Glibc
import JSONValues
import KubernetesAPI
import KubernetesClient
import Testing

/// C20, and the link keys: coordinators that are ended in the middle of their work.
@Suite(.serialized, .enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct RestartTests {
    @Test func `C20: killed while pods are created, they end up neither more nor less`() async throws {
        try await Space.with("c20") { space in
            var fixture = ServingFixture("killed")
            fixture.replicas = 5
            fixture.roles = [RoleFixture(replicas: 1, workers: 4)]
            try await space.create(fixture)
            try await eventually(within: 60, "the first pods") {
                try await space.allPods(of: "killed").count >= 3
            }
            let pids = ControlPlane.coordinators
            #expect(!pids.isEmpty)
            for pid in pids { kill(pid, SIGKILL) }
            try await space.ready("killed")
            let isWhole = { (pods: [Pod]) in pods.count == 25 && pods.allSatisfy { $0.phase == .running } }
            try await space.settled("killed", "25 running pods", isWhole)
            try await watchFor(seconds: 5) {
                let pods = try await space.allPods(of: "killed")
                #expect(isWhole(pods))
            }
            #expect(Set(ControlPlane.coordinators).isDisjoint(with: pids))
        }
    }

    @Test func `what agents mount is written again when it is lost, from the same keys`() async throws {
        try await Space.with("keys") { space in
            let name = "martlet-link-agents"
            let before = try await space.client.get(.secret, namespace: "martlet-system", name: name)
            try await space.client.delete(.secret, namespace: "martlet-system", name: name)
            for pid in ControlPlane.coordinators { kill(pid, SIGTERM) }
            try await eventually(within: 60, "Secret \(name)") {
                let now = try? await space.client.get(.secret, namespace: "martlet-system", name: name)
                return now.map { $0.uid != before.uid && $0.json["data"] == before.json["data"] } ?? false
            }
        }
    }
}
