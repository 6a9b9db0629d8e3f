import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// C1–C5, C10, C12: a ModelServing comes, changes its size, and goes.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct LifecycleTests {
    @Test func `C1: is created, gets a new image, and leaves nothing behind`() async throws {
        try await Space.with("c1") { space in
            var fixture = ServingFixture("life")
            try await space.deploy(fixture)
            #expect(try await space.pods(of: "life").allSatisfy { $0.phase == .running })
            fixture.setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await space.ready("life")
            try await space.settled("life", within: 180, "pods with the new image") { pods in
                pods.count == 1 && pods.allSatisfy { $0.image == ServingFixture.newImage }
            }
            try await space.client.delete(.modelServing, namespace: space.namespace, name: "life")
            try await eventually(within: 120, "the ModelServing and its pods to be gone") {
                try await space.isEmpty(of: "life")
            }
        }
    }

    @Test func `C2, C3: grows from one group to three and shrinks to one`() async throws {
        try await Space.with("c2") { space in
            var fixture = ServingFixture("groups")
            try await space.deploy(fixture)
            fixture.replicas = 3
            try await space.update(fixture)
            try await space.ready("groups")
            #expect(try await space.pods(of: "groups").groups == [0, 1, 2])
            fixture.replicas = 1
            try await space.update(fixture)
            try await space.ready("groups")
            try await space.settled("groups", "one group and pod") { $0.count == 1 && $0[0].phase == .running }
        }
    }

    @Test func `C4, C5: a role grows from one replica to three and shrinks to one`() async throws {
        try await Space.with("c4") { space in
            var fixture = ServingFixture("roles")
            try await space.deploy(fixture)
            fixture.roles[0].replicas = 3
            try await space.update(fixture)
            try await space.ready("roles")
            try await space.settled("roles", "three role replicas") { pods in
                pods.count == 3 && pods.roles == [0, 1, 2] && pods.allSatisfy { $0.phase == .running }
            }
            fixture.roles[0].replicas = 1
            try await space.update(fixture)
            try await space.ready("roles")
            try await space.settled("roles", "one role replica") { $0.count == 1 && $0[0].phase == .running }
        }
    }

    @Test func `C10: host aliases with the same address twice stay as given`() async throws {
        try await Space.with("c10") { space in
            let aliases: JSONValue = [
                ["ip": "10.0.0.7", "hostnames": ["a.example", "b.example"]],
                ["ip": "10.0.0.7", "hostnames": ["c.example"]],
            ]
            var fixture = ServingFixture("aliases")
            fixture.roles[0].hostAliases = aliases
            try await space.deploy(fixture)
            #expect(try await space.pods(of: "aliases").map { $0.object.spec["hostAliases"] } == [aliases])
        }
    }

    @Test func `C12: events tell that a role is created and runs`() async throws {
        try await Space.with("c12") { space in
            try await space.deploy(ServingFixture("events"))
            let uid = try await space.serving("events").uid
            for reason in ["RoleCreating", "RoleRunning"] {
                try await eventually(within: 60, "event \(reason)") {
                    try await space.client.list(.event, namespace: space.namespace).items.contains { event in
                        let subject = event.json["involvedObject"]
                        return event.json["reason"]?.string == reason && subject?["kind"] == "ModelServing"
                            && subject?["uid"]?.string == uid
                    }
                }
            }
        }
    }
}
