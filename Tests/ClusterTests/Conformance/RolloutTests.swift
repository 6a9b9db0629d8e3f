import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// C11, C13, C15–C19: a new revision reaches the groups, within its budget and not below its partition.
@Suite(.enabled(if: ControlPlane.isPresent, ControlPlane.reason), .timeLimit(.minutes(8)))
struct RolloutTests {
    @Test func `C11: at most maxUnavailable groups are away during a rollout`() async throws {
        try await Space.with("c11") { space in
            var fixture = ServingFixture("budget")
            fixture.replicas = 4
            try await space.deploy(fixture)
            fixture.setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await eventually(within: 180, "all pods with the new image") {
                try await Self.expectBudget(of: "budget", space)
                let pods = try await space.allPods(of: "budget")
                return pods.count == 4 && pods.allSatisfy { $0.image == ServingFixture.newImage && $0.isReady }
            }
            try await space.ready("budget")
        }
    }

    @Test func `C13: an image that does not exist takes no more than maxUnavailable groups down`() async throws {
        try await Space.with("c13") { space in
            var fixture = ServingFixture("missing")
            fixture.replicas = 6
            try await space.deploy(fixture)
            fixture.setImage("nginx:no-such-tag", isMissing: true)
            try await space.update(fixture)
            try await watchFor(seconds: 60) { try await Self.expectBudget(of: "missing", space) }
            let pods = try await space.pods(of: "missing")
            #expect(pods.count { $0.isReady && $0.image == ServingFixture.image } == 4)
            #expect(pods.count { $0.image == "nginx:no-such-tag" } == 2)
        }
    }

    @Test func `C15, C16: groups below the partition keep their revision, also when they are made again`() async throws
    {
        try await Space.with("c15") { space in
            let initial = try await Self.partitioned("part", space)
            let before = try await space.pods(of: "part")
            let old = try #require(before.first { $0.groupOrdinal == 1 })
            try await space.remove(old)
            try await space.settled("part", "group 1 to be ready again") { pods in
                pods.count == 5 && pods.allSatisfy(\.isReady) && !pods.uids.contains(old.uid)
            }
            try await Self.expectSplit(of: "part", space, old: [0, 1, 2], new: [3, 4], initial)
        }
    }

    @Test func `C17: growing keeps the split`() async throws {
        try await Space.with("c17") { space in
            let initial = try await Self.partitioned("grow", space)
            var fixture = Self.partitionedFixture("grow")
            fixture.setImage(ServingFixture.newImage)
            fixture.replicas = 7
            try await space.update(fixture)
            try await space.ready("grow")
            try await Self.expectSplit(of: "grow", space, old: [0, 1, 2], new: [3, 4, 5, 6], initial)
        }
    }

    @Test func `C18: shrinking to the partition leaves the old revision alone`() async throws {
        try await Space.with("c18") { space in
            let initial = try await Self.partitioned("shrink", space)
            var fixture = Self.partitionedFixture("shrink")
            fixture.setImage(ServingFixture.newImage)
            fixture.replicas = 3
            try await space.update(fixture)
            try await space.ready("shrink")
            try await space.settled("shrink", "three groups") { $0.count == 3 }
            try await Self.expectSplit(of: "shrink", space, old: [0, 1, 2], new: [], initial)
            let status = try await space.serving("shrink").status
            let counts = ["replicas", "updatedReplicas", "currentReplicas", "availableReplicas"].map {
                status[$0]?.integer ?? 0
            }
            #expect(counts == [3, 0, 3, 3])
        }
    }

    @Test func `C19: without a partition all groups have the new revision once it is ready`() async throws {
        try await Space.with("c19") { space in
            var fixture = ServingFixture("all")
            fixture.replicas = 3
            try await space.deploy(fixture)
            let initial = try await space.text("currentRevision", of: "all")
            fixture.setImage(ServingFixture.newImage)
            try await space.update(fixture)
            try await space.ready("all")
            #expect(try await space.pods(of: "all").map(\.image) == Array(repeating: ServingFixture.newImage, count: 3))
            try await eventually(within: 60, "one revision in the status") {
                let status = try await space.serving("all").status
                return status["currentRevision"] == status["updateRevision"]
            }
            let current = try await space.text("currentRevision", of: "all")
            #expect(current != initial && !current.isEmpty)
            #expect(try await space.pods(of: "all").allSatisfy { $0.label(Keys.Label.revision) == current })
        }
    }

    // MARK: What they share

    private static func expectBudget(of name: String, _ space: Space) async throws {
        let status = try await space.serving(name).status
        let away = (status["replicas"]?.integer ?? 0) - (status["availableReplicas"]?.integer ?? 0)
        #expect(away <= 2, "\(status.text())")
    }

    private static func partitionedFixture(_ name: String) -> ServingFixture {
        var fixture = ServingFixture(name)
        fixture.replicas = 5
        fixture.maxUnavailable = 5
        fixture.partition = 3
        fixture.recovery = "RoleRecreate"
        return fixture
    }

    /// Five groups of which a partition of three keeps the old image; answers the first revision.
    private static func partitioned(_ name: String, _ space: Space) async throws -> String {
        var fixture = partitionedFixture(name)
        try await space.deploy(fixture)
        let initial = try await space.text("currentRevision", of: name)
        fixture.setImage(ServingFixture.newImage)
        try await space.update(fixture)
        try await space.ready(name)
        try await space.settled(name, "the split at three") { pods in
            pods.count == 5
                && pods.allSatisfy {
                    $0.isReady
                        && ($0.image == (($0.groupOrdinal < 3) ? ServingFixture.image : ServingFixture.newImage))
                }
        }
        try await expectSplit(of: name, space, old: [0, 1, 2], new: [3, 4], initial)
        return initial
    }

    private static func expectSplit(
        of name: String, _ space: Space, old: [Int], new: [Int], _ initial: String
    ) async throws {
        let pods = try await space.pods(of: name)
        let isOld = { (pod: Pod) in
            pod.image == ServingFixture.image && pod.label(Keys.Label.revision) == initial
        }
        #expect(pods.filter(isOld).groups == old)
        let current = try await space.text("currentRevision", of: name)
        let update = try await space.text("updateRevision", of: name)
        let isNew = { (pod: Pod) in
            pod.image == ServingFixture.newImage && pod.label(Keys.Label.revision) == update
        }
        #expect(pods.filter(isNew).groups == new)
        #expect(pods.groups == (old + new).sorted())
        #expect(current == initial && update != initial && !update.isEmpty)
    }
}
