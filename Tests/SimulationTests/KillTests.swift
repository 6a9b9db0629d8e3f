import ClusterKit
import TestKit
import Testing

/// Controllers that die at random writes, the write before or after the server took it.
@Suite(.serialized) struct KillTests {
    static let kills = 50
    private static let seed: UInt64 = 7

    @Test(.timeLimit(.minutes(5))) func `controllers killed at fifty random points leave exactly what was asked`()
        async throws
    {
        try await Story.with { story in
            var random = SeededRandom(seed: KillTests.seed)
            var kills = 0
            for phase in Story.phases.indices {
                try await story.begin(phase)
                let wanted = KillTests.kills * (phase + 1) / Story.phases.count
                while kills < wanted {
                    let plan = FaultPlan(seed: random.next(), dyingWrite: 1 + random.below(3))
                    let died = try await story.term(plan) { _ in try await story.isDone(phase) }
                    guard died else { break }
                    kills += 1
                }
                _ = try await story.term(FaultPlan(seed: 0)) { _ in try await story.isDone(phase) }
                try await story.expectExact(phase)
            }
            #expect(kills == KillTests.kills, "seed \(KillTests.seed)")
            try await KillTests.expectNoWrites(story)
        }
    }

    /// New controllers write only what was taken away from under them.
    private static func expectNoWrites(_ story: Story) async throws {
        let name = try #require(Story.phases.last?.first?.services.min())
        try await story.deleteService(name)
        _ = try await story.term(FaultPlan(seed: 0)) { proxy in
            guard try await story.services().contains(name) else { return false }
            #expect(proxy.writes == 1)
            return true
        }
    }
}
