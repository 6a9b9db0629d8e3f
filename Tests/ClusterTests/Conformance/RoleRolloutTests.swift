import KubernetesAPI
import ServingAPI
import Testing

/// C21–C25: a new revision reaches role replicas inside their groups.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct RoleRolloutTests {
    @Test func `C21: roles that did not change keep their pods`() async throws {
        try await Space.with("c21") { space in
            var fixture = Self.fixture("one", prefill: 1)
            fixture.replicas = 2
            try await space.deploy(fixture)
            let prefill = try await space.pods(of: "one", role: "prefill")
            let decode = try await space.pods(of: "one", role: "decode")
            #expect(prefill.count == 2 && decode.count == 2)
            fixture.roles[0].setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await space.settled("one", within: 180, "new prefill pods", role: "prefill") { pods in
                pods.count == 2 && pods.uids.isDisjoint(with: prefill.uids)
                    && pods.allSatisfy { $0.isReady && $0.image == ServingFixture.newImage }
            }
            #expect(try await space.pods(of: "one", role: "decode").uids == decode.uids)
            try await space.ready("one")
            #expect(try await space.number("availableReplicas", of: "one") == 2)
        }
    }

    @Test func `C22: an image that does not exist stops at the role's maxUnavailable`() async throws {
        try await Space.with("c22") { space in
            var fixture = Self.fixture("bad", prefill: 4)
            fixture.roles[0].maxUnavailable = 2
            try await space.deploy(fixture)
            let decode = try await space.pods(of: "bad", role: "decode")
            fixture.roles[0].setImage("nginx:no-such-tag", isMissing: true)
            try await space.update(fixture)
            let isStuck = { (pods: [Pod]) in
                pods.count == 4 && pods.count { $0.isReady && $0.image == ServingFixture.image } == 2
                    && pods.count { !$0.isReady && $0.image == "nginx:no-such-tag" } == 2
            }
            try await space.settled("bad", "two old and two missing", role: "prefill", isStuck)
            try await watchFor(seconds: 30) {
                let prefill = try await space.allPods(of: "bad", role: "prefill")
                #expect(isStuck(prefill))
                let now = try await space.pods(of: "bad", role: "decode")
                #expect(now.uids == decode.uids)
            }
        }
    }

    @Test func `C23: replicas below the role's partition keep the old image`() async throws {
        try await Space.with("c23") { space in
            var fixture = Self.fixture("split", prefill: 4)
            fixture.roles[0].partition = 2
            fixture.roles[0].maxUnavailable = 4
            try await space.deploy(fixture)
            fixture.roles[0].setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await Self.split(of: "split", space, old: [0, 1], new: [2, 3])
        }
    }

    @Test func `C24: a replica below the partition comes back as it was`() async throws {
        try await Space.with("c24") { space in
            var fixture = Self.fixture("back", prefill: 3)
            fixture.roles[0].partition = 1
            fixture.roles[0].maxUnavailable = 3
            try await space.deploy(fixture)
            let initial = try await space.text("currentRevision", of: "back")
            fixture.roles[0].setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await Self.split(of: "back", space, old: [0], new: [1, 2])
            let before = try await space.pods(of: "back", role: "prefill")
            let protected = try #require(before.first { $0.roleOrdinal == 0 })
            try await space.remove(protected)
            try await space.settled("back", "prefill-0 again", role: "prefill") { pods in
                pods.count == 3 && pods.allSatisfy(\.isReady) && !pods.uids.contains(protected.uid)
            }
            let pods = try await space.pods(of: "back", role: "prefill")
            #expect(pods.roles == [0, 1, 2])
            let again = try #require(pods.first { $0.roleOrdinal == 0 })
            #expect(again.image == ServingFixture.image && again.label(Keys.Label.revision) == initial)
            for pod in pods where pod.roleOrdinal > 0 {
                #expect(pod.image == ServingFixture.newImage && pod.label(Keys.Label.revision) != initial)
            }
        }
    }

    @Test func `C25: the partition protects replicas that cost less to delete`() async throws {
        try await Space.with("c25") { space in
            var fixture = Self.fixture("cheap", prefill: 5)
            fixture.roles[0].partition = 3
            fixture.roles[0].maxUnavailable = 5
            try await space.deploy(fixture)
            fixture.roles[0].setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await Self.split(of: "cheap", space, old: [0, 1, 2], new: [3, 4])
            for pod in try await space.pods(of: "cheap", role: "prefill") {
                try await space.setDeletionCost(pod.roleOrdinal < 3 ? 0 : 100, of: pod)
            }
            fixture.roles[0].replicas = 3
            fixture.roles[0].maxUnavailable = 3
            try await space.update(fixture)
            try await space.settled("cheap", "replicas 0 to 2", role: "prefill") { $0.roles == [0, 1, 2] }
        }
    }

    private static func fixture(_ name: String, prefill: Int) -> ServingFixture {
        var fixture = ServingFixture(name)
        fixture.rollout = "RoleRollingUpdate"
        fixture.recovery = "RoleRecreate"
        fixture.roles = [
            RoleFixture(name: "prefill", replicas: prefill, maxUnavailable: 1), RoleFixture(name: "decode"),
        ]
        return fixture
    }

    private static func split(of name: String, _ space: Space, old: [Int], new: [Int]) async throws {
        try await space.settled(name, within: 180, "old \(old), new \(new)", role: "prefill") { pods in
            pods.allSatisfy(\.isReady) && pods.filter { $0.image == ServingFixture.image }.roles == old
                && pods.filter { $0.image == ServingFixture.newImage }.roles == new
        }
    }
}
