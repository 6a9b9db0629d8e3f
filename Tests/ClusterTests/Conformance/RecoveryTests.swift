import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import Testing

/// C6–C9: what comes back when pods or Services are taken away.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct RecoveryTests {
    @Test func `C6: ServingGroupRecreate replaces every pod of the group under the same name`() async throws {
        try await Space.with("c6") { space in
            var fixture = ServingFixture("whole")
            fixture.recovery = "ServingGroupRecreate"
            fixture.roles = [RoleFixture(name: "prefill"), RoleFixture(name: "decode")]
            try await space.deploy(fixture)
            let before = try await space.pods(of: "whole")
            let groups = Set(before.map { $0.label(Keys.Label.groupName) })
            #expect(before.count == 2 && groups.count == 1)
            try await space.remove(before[0])
            try await eventually(within: 120, "two new ready pods") {
                let now = try await space.allPods(of: "whole")
                #expect(Set(now.map { $0.label(Keys.Label.groupName) }).isSubset(of: groups))
                return now.count == 2 && now.uids.isDisjoint(with: before.uids) && now.allSatisfy(\.isReady)
            }
            try await space.ready("whole")
        }
    }

    @Test func `C7: every role replica with workers has a headless Service of its own`() async throws {
        try await Space.with("c7") { space in
            var fixture = ServingFixture("named")
            fixture.replicas = 3
            fixture.roles = [RoleFixture(workers: 1)]
            try await space.create(fixture)
            try await Self.services(of: "named", space, count: 3, within: 30)
            try await space.ready("named")
            fixture.replicas = 1
            try await space.update(fixture)
            try await Self.services(of: "named", space, count: 1, within: 60)
        }
    }

    @Test func `C8: RoleRecreate brings the role replica back in its place`() async throws {
        try await Space.with("c8") { space in
            var fixture = ServingFixture("role")
            fixture.recovery = "RoleRecreate"
            fixture.rollout = "RoleRollingUpdate"
            try await space.deploy(fixture)
            let before = try #require(try await space.pods(of: "role").first)
            try await space.remove(before)
            try await space.settled("role", "a new ready pod") { pods in
                pods.count == 1 && pods[0].uid != before.uid && pods[0].isReady
                    && pods[0].label(Keys.Label.groupName) == before.label(Keys.Label.groupName)
                    && pods[0].label(Keys.Label.roleID) == before.label(Keys.Label.roleID)
            }
        }
    }

    @Test func `C9: a headless Service that was deleted comes back`() async throws {
        try await Space.with("c9") { space in
            var fixture = ServingFixture("service")
            fixture.roles = [RoleFixture(workers: 1)]
            try await space.deploy(fixture)
            let before = try #require(
                try await Self.services(of: "service", space, count: 1, within: 30).first)
            try await space.client.delete(.service, namespace: space.namespace, name: before.name)
            try await eventually(within: 120, "a Service with another UID") {
                try await Self.services(of: "service", space, count: 1, within: 120).first?.uid != before.uid
            }
        }
    }

    /// Waits until exactly `count` headless Services belong to the ModelServing.
    @discardableResult private static func services(
        of name: String, _ space: Space, count: Int, within seconds: Int
    ) async throws -> [KubernetesObject] {
        let owner = try await space.serving(name).uid
        var found: [KubernetesObject] = []
        try await eventually(within: seconds, "\(count) headless Services") {
            found = try await space.client.list(
                .service, namespace: space.namespace, labelSelector: "\(Keys.Label.name)=\(name)"
            ).items.filter { service in
                service.spec["clusterIP"] == "None" && service.ownerReferences.contains { $0.uid == owner }
            }
            return found.count == count
        }
        return found
    }
}
