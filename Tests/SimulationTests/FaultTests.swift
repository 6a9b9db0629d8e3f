import ClusterKit
import TestKit
import Testing

/// Controllers whose API server refuses, delays, loses requests or answers, cuts watches and lists the past.
@Suite(.serialized) struct FaultTests {
    private static let percents = [10, 30]

    @Test(.timeLimit(.minutes(5)), arguments: percents)
    func `a faulty API server changes nothing but the time it takes`(
        percent: Int
    ) async throws {
        try await Story.with { story in
            for phase in Story.phases.indices {
                try await story.begin(phase)
                _ = try await story.term(FaultPlan(seed: UInt64(percent + phase), percent: percent)) { proxy in
                    guard try await story.isDone(phase) else { return false }
                    #expect(proxy.faults > 0)
                    return true
                }
                try await story.expectExact(phase)
            }
        }
    }
}
